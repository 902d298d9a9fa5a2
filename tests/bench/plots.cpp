#include "plots.h"

#include <algorithm>

#include "plot.h"

namespace stepd::bench {
namespace {

struct Axis {
    std::string column;
    std::string label;
};

/// One line a workload: the column `y` over the column of the axis.
void addLines(Plot& plot, const std::vector<Figures>& figures, const Axis& x, const std::string& y,
              const std::string& suffix = {}) {
    for (const auto& one : figures) {
        const std::string name = one.workload + suffix;
        auto line = std::find_if(plot.series.begin(), plot.series.end(), [&](const auto& s) { return s.name == name; });
        if (line == plot.series.end()) line = plot.series.insert(line, {name, {}});
        line->points.emplace_back(one.value(x.column), one.value(y));
    }
}

std::vector<Plot> plotsOver(const Axis& x, const std::vector<Figures>& figures) {
    Plot throughput{"Throughput", x.label, "runs/s", {}};
    addLines(throughput, figures, x, "per_s");
    Plot latency{"Event sent to run completed", x.label, "ms", {}};
    addLines(latency, figures, x, "p50_ms", " p50");
    addLines(latency, figures, x, "p99_ms", " p99");
    Plot cpu{"CPU of daemon and workers", x.label, "µs a run", {}};
    addLines(cpu, figures, x, "server_cpu_us");
    return {throughput, latency, cpu};
}

}  // namespace

std::vector<std::string> drawFigures(const std::vector<Figures>& figures, const std::string& directory) {
    std::vector<Figures> runs;
    std::vector<Figures> grow;
    for (const auto& one : figures) {
        if (one.workload == "grow") grow.push_back(one);
        if (one.workload.starts_with("w") || one.workload.starts_with("p")) runs.push_back(one);
    }
    std::vector<std::string> files;
    const auto draw = [&](const std::string& name, const Axis& x, const std::vector<Figures>& some) {
        if (some.empty()) return;
        files.push_back(directory + "/" + name);
        writeSvg(files.back(), plotsOver(x, some));
    };
    draw("runs.svg", {"in_flight", "runs in flight"}, runs);
    draw("grow.svg", {"stored_runs", "stored runs"}, grow);
    return files;
}

}  // namespace stepd::bench
