#include "pipeline/needs_graph.h"

#include <algorithm>

namespace stepd::pipeline {
namespace {

/// Breadth first from `start` along the needs until one leads back; there is such a way.
std::vector<std::size_t> shortestCycle(const Needs& needs, std::size_t start) {
    const std::size_t none = needs.size();
    std::vector<std::size_t> cameFrom(needs.size(), none);
    std::vector<std::size_t> queue{start};
    for (std::size_t head = 0; head < queue.size(); ++head) {
        const std::size_t at = queue[head];
        for (const std::size_t need : needs[at]) {
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

Needs needsOf(const std::vector<Step>& steps) {
    Needs needs;
    for (const auto& step : steps) needs.push_back(step.needs);
    return needs;
}

std::vector<std::size_t> topologicalOrder(const Needs& needs) {
    std::vector<std::size_t> order;
    std::vector<bool> placed(needs.size(), false);
    for (bool moved = true; moved;) {
        moved = false;
        for (std::size_t i = 0; i < needs.size(); ++i) {
            if (placed[i] ||
                !std::all_of(needs[i].begin(), needs[i].end(), [&placed](std::size_t need) { return placed[need]; }))
                continue;
            placed[i] = true;
            order.push_back(i);
            moved = true;
        }
    }
    return order;
}

std::vector<std::vector<bool>> upstreamOf(const Needs& needs) {
    std::vector<std::vector<bool>> upstream(needs.size(), std::vector<bool>(needs.size(), false));
    for (std::size_t i = 0; i < needs.size(); ++i) {
        std::vector<std::size_t> open(needs[i]);
        while (!open.empty()) {
            const std::size_t vertex = open.back();
            open.pop_back();
            if (upstream[i][vertex]) continue;
            upstream[i][vertex] = true;
            open.insert(open.end(), needs[vertex].begin(), needs[vertex].end());
        }
    }
    return upstream;
}

std::vector<std::vector<std::size_t>> findCycles(const Needs& needs) {
    const auto upstream = upstreamOf(needs);
    std::vector<std::vector<std::size_t>> cycles;
    std::vector<bool> reported(needs.size(), false);
    for (std::size_t start = 0; start < needs.size(); ++start) {
        if (!upstream[start][start] || reported[start]) continue;
        for (std::size_t i = 0; i < needs.size(); ++i)
            if (upstream[i][start] && upstream[start][i]) reported[i] = true;
        cycles.push_back(shortestCycle(needs, start));
    }
    return cycles;
}

}  // namespace stepd::pipeline
