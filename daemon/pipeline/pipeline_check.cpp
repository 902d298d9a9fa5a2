#include "pipeline/pipeline_check.h"

#include <set>

#include "pipeline/needs_graph.h"

namespace stepd::pipeline {

void checkGraph(const std::vector<Step>& steps, const std::vector<StepPlace>& places, yaml::Report& report) {
    for (const auto& cycle : findCycles(needsOf(steps))) {
        const std::size_t first = cycle.front();
        std::string picture = steps[first].id;
        for (std::size_t i = 1; i < cycle.size(); ++i) picture += " -> " + steps[cycle[i]].id;
        const yaml::Entry* needs = places[first].node->find("needs");
        const std::string message =
            cycle.size() == 2 ? "step `" + steps[first].id + "` needs itself" : "steps need each other: " + picture;
        report.error(needs != nullptr ? needs->mark : places[first].node->mark, places[first].path + ".needs", message,
                     "a step without `needs` follows the one above it");
    }
}

std::vector<std::string> secretsOf(const std::vector<Site>& sites) {
    std::set<std::string> names;
    for (const auto& site : sites)
        for (const auto& use : site.program.references())
            if (use.root == "secrets" && !use.fields.empty()) names.insert(use.fields[0]);
    return {names.begin(), names.end()};
}

}  // namespace stepd::pipeline
