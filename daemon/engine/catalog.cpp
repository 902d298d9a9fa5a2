#include "engine/catalog.h"

#include <set>
#include <utility>

#include "base/error.h"

namespace stepd::engine {
namespace {

std::vector<std::string> pluginsOf(const pipeline::Pipeline& pipeline) {
    std::set<std::string> names;
    for (const pipeline::Step& step : pipeline.steps)
        if (!step.plugin.empty()) names.insert(step.plugin);
    return {names.begin(), names.end()};
}

}  // namespace

void Catalog::use(std::vector<pipeline::PipelinePtr> pipelines) {
    std::vector<EntryPtr> entries;
    entries.reserve(pipelines.size());
    for (pipeline::PipelinePtr& pipeline : pipelines) {
        DriverPtr driver = drivers_[pipeline->revision].lock();
        if (!driver) driver = std::make_shared<GraphDriver>(pipeline, secretMark_);
        drivers_[pipeline->revision] = driver;
        cel::Value vars = pipeline->vars.empty() ? cel::Value::null() : cel::fromJson(pipeline->vars);
        std::vector<std::string> plugins = pluginsOf(*pipeline);
        entries.push_back(std::make_shared<const Entry>(Entry{.pipeline = std::move(pipeline),
                                                              .driver = std::move(driver),
                                                              .vars = std::move(vars),
                                                              .plugins = std::move(plugins)}));
    }
    current_ = std::move(entries);
    broken_.clear();
    std::erase_if(drivers_, [](const auto& known) { return known.second.expired(); });
}

Catalog::EntryPtr Catalog::find(std::string_view pipeline) const {
    for (const EntryPtr& entry : current_)
        if (entry->pipeline->id == pipeline) return entry;
    return nullptr;
}

DriverPtr Catalog::driver(RevisionId revision, std::string& problem) {
    if (const auto known = drivers_.find(revision); known != drivers_.end())
        if (DriverPtr driver = known->second.lock()) return driver;
    if (const auto broken = broken_.find(revision); broken != broken_.end()) return problem = broken->second, nullptr;
    DriverPtr driver = load(revision, problem);
    if (driver) {
        drivers_[revision] = driver;
    } else {
        broken_[revision] = problem;
    }
    return driver;
}

DriverPtr Catalog::load(RevisionId revision, std::string& problem) {
    problem = "revision " + std::to_string(revision.value) + " of the pipeline cannot be compiled any more";
    try {
        if (const pipeline::PipelinePtr pipeline = loader_ ? loader_(revision) : nullptr)
            return std::make_shared<GraphDriver>(pipeline, secretMark_);
    } catch (const Error& error) {
        problem += std::string(": ") + error.what();
    }
    return nullptr;
}

}  // namespace stepd::engine
