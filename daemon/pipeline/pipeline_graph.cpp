#include "pipeline/pipeline_graph.h"

#include <algorithm>

#include "base/text.h"

namespace stepd::pipeline {
namespace {

/// Breadth first from `start` along the needs until one leads back; there is such a way.
std::vector<std::size_t> shortestCycle(const std::vector<Step>& steps, std::size_t start) {
    const std::size_t none = steps.size();
    std::vector<std::size_t> cameFrom(steps.size(), none);
    std::vector<std::size_t> queue{start};
    for (std::size_t head = 0; head < queue.size(); ++head) {
        const std::size_t at = queue[head];
        for (const std::size_t need : steps[at].needs) {
            if (need == start) {
                std::vector<std::size_t> cycle{start};
                for (std::size_t back = at; back != start; back = cameFrom[back]) cycle.push_back(back);
                cycle.push_back(start);
                std::reverse(cycle.begin(), cycle.end());
                return cycle;
            }
            if (cameFrom[need] != none) continue;
            cameFrom[need] = at;
            queue.push_back(need);
        }
    }
    return {start};
}

}  // namespace

std::vector<std::size_t> topologicalOrder(const std::vector<Step>& steps) {
    std::vector<std::size_t> order;
    std::vector<bool> placed(steps.size(), false);
    for (bool moved = true; moved;) {
        moved = false;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto& needs = steps[i].needs;
            if (placed[i] ||
                !std::all_of(needs.begin(), needs.end(), [&placed](std::size_t need) { return placed[need]; }))
                continue;
            placed[i] = true;
            order.push_back(i);
            moved = true;
        }
    }
    return order;
}

std::vector<std::vector<bool>> upstreamOf(const std::vector<Step>& steps) {
    std::vector<std::vector<bool>> upstream(steps.size(), std::vector<bool>(steps.size(), false));
    for (std::size_t i = 0; i < steps.size(); ++i) {
        std::vector<std::size_t> open(steps[i].needs);
        while (!open.empty()) {
            const std::size_t step = open.back();
            open.pop_back();
            if (upstream[i][step]) continue;
            upstream[i][step] = true;
            open.insert(open.end(), steps[step].needs.begin(), steps[step].needs.end());
        }
    }
    return upstream;
}

std::vector<std::vector<std::size_t>> findCycles(const std::vector<Step>& steps) {
    const auto upstream = upstreamOf(steps);
    std::vector<std::vector<std::size_t>> cycles;
    std::vector<bool> reported(steps.size(), false);
    for (std::size_t start = 0; start < steps.size(); ++start) {
        if (!upstream[start][start] || reported[start]) continue;
        for (std::size_t i = 0; i < steps.size(); ++i)
            if (upstream[i][start] && upstream[start][i]) reported[i] = true;
        cycles.push_back(shortestCycle(steps, start));
    }
    return cycles;
}

std::string toDot(const Pipeline& pipeline) {
    std::string out = "digraph " + jsonString(pipeline.id) + " {\n    rankdir=LR;\n    node [shape=box];\n";
    for (const auto& step : pipeline.steps) {
        const std::string uses = step.stepType.empty() ? step.plugin : step.plugin + "/" + step.stepType;
        out += "    " + jsonString(step.id) + " [label=" + jsonString(step.id + "\n" + uses) +
               (step.condition ? ", style=dashed" : "") + "];\n";
    }
    for (const auto& step : pipeline.steps)
        for (const std::size_t need : step.needs)
            out += "    " + jsonString(pipeline.steps[need].id) + " -> " + jsonString(step.id) + ";\n";
    return out + "}\n";
}

std::string toText(const Pipeline& pipeline) {
    std::size_t width = 0;
    for (const auto& step : pipeline.steps) width = std::max(width, step.id.size());
    std::string out;
    for (const std::size_t index : topologicalOrder(pipeline.steps)) {
        const Step& step = pipeline.steps[index];
        out += step.id;
        const char* separator = "  <- ";
        if (!step.needs.empty()) out.append(width - step.id.size(), ' ');
        for (const std::size_t need : step.needs) {
            out += separator + pipeline.steps[need].id;
            separator = ", ";
        }
        if (step.condition) out += "  if " + step.condition->source();
        out += '\n';
    }
    return out;
}

}  // namespace stepd::pipeline
