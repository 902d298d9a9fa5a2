#include "api/live_pipelines.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"

namespace stepd::api {

const char* toString(PipelineChange::Kind kind) {
    switch (kind) {
        case PipelineChange::Kind::Added: return "added";
        case PipelineChange::Kind::Changed: return "changed";
        case PipelineChange::Kind::Removed: return "removed";
        case PipelineChange::Kind::Unchanged: break;
    }
    return "unchanged";
}

std::size_t ReloadReport::count(PipelineChange::Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(changes.begin(), changes.end(), [kind](const auto& change) { return change.kind == kind; }));
}

void LivePipelines::begin(const Pipelines& loaded) {
    Pipelines all;
    for (const auto& pipeline : loaded) all.push_back(pinned(pipeline));
    replace(std::move(all));
}

LivePipelines::Pipelines LivePipelines::current() const {
    const MutexLock lock(mutex_);
    return current_;
}

ReloadReport LivePipelines::reload(ReloadMode mode) {
    auto loaded = parts_.load();
    if (hasErrors(loaded.findings)) return {std::move(loaded.findings), {}, {}};
    const Pipelines before = current();
    Pipelines after;
    for (const auto& pipeline : loaded.pipelines) {
        const auto same = std::find_if(before.begin(), before.end(), [&](const auto& known) {
            return known->id == pipeline->id && known->hash == pipeline->hash;
        });
        after.push_back(same != before.end() ? *same : pipeline);
    }
    ReloadReport report = compare(before, after);
    report.findings = std::move(loaded.findings);
    std::shared_ptr<const http::Router> routes;
    try {
        routes = parts_.makeRoutes(after);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Configuration) throw;
        Diagnostic finding;
        finding.file = parts_.directory;
        finding.message = error.what();
        report.findings.push_back(std::move(finding));
        return {std::move(report.findings), {}, {}};
    }
    if (mode == ReloadMode::DryRun) return report;
    for (auto& pipeline : after)
        if (!pipeline->revision) pipeline = pinned(pipeline);
    replace(after);
    parts_.use(after, std::move(routes));
    return report;
}

ReloadReport LivePipelines::compare(const Pipelines& before, const Pipelines& after) const {
    std::map<std::string, PipelineChange> byId;
    for (const auto& pipeline : before) byId[pipeline->id].before = pipeline;
    for (const auto& pipeline : after) byId[pipeline->id].after = pipeline;
    ReloadReport report;
    for (auto& [id, change] : byId) {
        using Kind = PipelineChange::Kind;
        if (!change.before)
            change.kind = Kind::Added;
        else if (!change.after)
            change.kind = Kind::Removed;
        else
            change.kind = change.before->hash == change.after->hash ? Kind::Unchanged : Kind::Changed;
        report.changes.push_back(std::move(change));
    }
    return report;
}

pipeline::PipelinePtr LivePipelines::pinned(const pipeline::PipelinePtr& loaded) const {
    auto pipeline = std::make_shared<pipeline::Pipeline>(*loaded);
    pipeline->revision = parts_.save(*loaded);
    return pipeline;
}

void LivePipelines::replace(Pipelines pipelines) {
    const MutexLock lock(mutex_);
    current_ = std::move(pipelines);
}

}  // namespace stepd::api
