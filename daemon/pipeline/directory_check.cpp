#include "pipeline/directory_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "pipeline/lane_families.h"
#include "pipeline/names.h"
#include "pipeline/needs_graph.h"
#include "pipeline/source_places.h"

namespace stepd::pipeline {
namespace {

/// `/orders/{id}` and `/orders/{number}` serve the same requests.
std::string routeKey(const HttpRoute& route) {
    std::string key = route.method + " ";
    bool inside = false;
    for (const char c : route.path) {
        if (c == '}') inside = false;
        if (!inside) key += c;
        if (c == '{') inside = true;
    }
    return key;
}

class DirectoryCheck {
public:
    explicit DirectoryCheck(const std::vector<LoadedFile>& files) : files_(files) {}

    void checkClaims() {
        for (std::size_t i = 0; i < files_.size(); ++i) {
            const Pipeline& pipeline = *files_[i].pipeline;
            claim(ids_, pipeline.id, i, "the pipeline `" + pipeline.id + "`");
            for (const auto& route : pipeline.routes)
                claim(routes_, routeKey(route), i, "the route `" + route.method + " " + route.path + "`");
        }
    }

    void checkGlobalLimits() {
        for (std::size_t i = 0; i < files_.size(); ++i)
            for (std::size_t entry = 0; entry < files_[i].pipeline->concurrency.size(); ++entry)
                checkGlobalLimit(i, entry);
    }

    void checkInvokes(bool complete) {
        Needs waitsFor(files_.size());
        for (std::size_t i = 0; i < files_.size(); ++i) {
            for (const auto& step : files_[i].pipeline->steps) {
                const auto* invoke = std::get_if<InvokeStep>(&step.builtIn);
                if (invoke == nullptr) continue;
                const auto target = ids_.find(invoke->pipeline);
                if (target == ids_.end()) {
                    if (complete) reportUnknown(i, step.id, invoke->pipeline);
                } else if (invoke->wait) {
                    waitsFor[i].push_back(target->second);
                }
            }
        }
        for (const auto& cycle : findCycles(waitsFor)) reportCycle(cycle);
    }

    const std::set<std::size_t>& wrong() const { return wrong_; }
    Diagnostics findings() { return std::move(findings_); }

private:
    using Owners = std::map<std::string, std::size_t>;

    void report(std::size_t file, Diagnostic finding, std::string message, std::string hint = {}) {
        finding.message = std::move(message);
        finding.hint = std::move(hint);
        findings_.push_back(std::move(finding));
        wrong_.insert(file);
    }

    void claim(Owners& owners, const std::string& key, std::size_t file, const std::string& what) {
        const auto [first, fresh] = owners.try_emplace(key, file);
        if (fresh || first->second == file) return;
        Diagnostic finding;
        finding.file = files_[file].path;
        report(file, std::move(finding), what + " stands in " + files_[first->second].path + " too");
    }

    void checkGlobalLimit(std::size_t file, std::size_t entry) {
        const Concurrency& limit = files_[file].pipeline->concurrency[entry];
        if (!isGlobalFamily(limit.family)) return;
        const auto [first, fresh] = limits_.try_emplace(limit.family, std::pair(limit.limit, file));
        const auto [expected, owner] = first->second;
        if (fresh || expected == limit.limit) return;
        report(file, SourcePlaces(files_[file].path, *files_[file].pipeline).inConcurrency(entry),
               "the global limit `" + limit.family.substr(limit.family.find(':') + 1) + "` is " +
                   std::to_string(expected) + " in " + files_[owner].path,
               "write the same limit, or give it a name of its own");
    }

    Diagnostic placeOf(std::size_t file, const std::string& step) const {
        return SourcePlaces(files_[file].path, *files_[file].pipeline).inWith(step, "pipeline");
    }

    void reportUnknown(std::size_t file, const std::string& step, const std::string& target) {
        std::vector<std::string> known;
        for (const auto& [id, owner] : ids_) known.push_back(id);
        report(file, placeOf(file, step), "no pipeline has the id `" + target + "`", suggestion(target, known));
    }

    void reportCycle(const std::vector<std::size_t>& cycle) {
        const std::size_t file = cycle.front();
        const Pipeline& pipeline = *files_[file].pipeline;
        const std::string& next = files_[cycle[1]].pipeline->id;
        const auto step = std::find_if(pipeline.steps.begin(), pipeline.steps.end(), [&next](const Step& candidate) {
            const auto* invoke = std::get_if<InvokeStep>(&candidate.builtIn);
            return invoke != nullptr && invoke->wait && invoke->pipeline == next;
        });
        std::string picture = pipeline.id;
        for (std::size_t i = 1; i < cycle.size(); ++i) picture += " -> " + files_[cycle[i]].pipeline->id;
        report(file, placeOf(file, step->id), "pipelines invoke each other and wait: " + picture,
               "let one of them invoke with `wait: false`");
    }

    const std::vector<LoadedFile>& files_;
    Owners ids_;
    Owners routes_;
    std::map<std::string, std::pair<std::uint32_t, std::size_t>> limits_;
    std::set<std::size_t> wrong_;
    Diagnostics findings_;
};

}  // namespace

Diagnostics checkDirectory(std::vector<LoadedFile>& files, bool complete) {
    DirectoryCheck check(files);
    check.checkClaims();
    check.checkGlobalLimits();
    check.checkInvokes(complete);
    std::vector<LoadedFile> good;
    for (std::size_t i = 0; i < files.size(); ++i)
        if (!check.wrong().contains(i)) good.push_back(files[i]);
    Diagnostics findings = check.findings();
    files = std::move(good);
    return findings;
}

}  // namespace stepd::pipeline
