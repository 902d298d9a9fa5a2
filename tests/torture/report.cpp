#include "torture/report.h"

#include <algorithm>
#include <cstdio>

namespace stepd::torture {
namespace {

std::vector<double> sorted(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values;
}

double at(const std::vector<double>& values, double share) {
    return values.empty() ? 0 : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace

void printProgress(int kills, const LoadFigures& load) {
    std::printf("  %5d kills, %lld events acknowledged\n", kills, static_cast<long long>(load.acknowledged));
    std::fflush(stdout);
}

void printFigures(const CrashFigures& figures, const LoadFigures& load, const Tally& tally) {
    const auto& kills = figures.kills;
    std::printf(
        "kills             %d of the daemon, %d of it while it started, %d while it stopped, %d of a worker, %d of "
        "both\n",
        kills[0], kills[1], kills[2], kills[3], kills[4]);
    const auto ready = sorted(figures.readyMs);
    const auto open = sorted(figures.openRuns);
    std::printf("starts            %d; ready after p50 %.0f ms, max %.0f ms\n", figures.starts, at(ready, 0.5),
                at(ready, 1));
    std::printf("runs in flight    at the kills p50 %.0f, max %.0f\n", at(open, 0.5), at(open, 1));
    std::printf("events            %lld acknowledged, %zu stored; %lld requests sent again, %lld refused\n",
                static_cast<long long>(load.acknowledged), tally.events, static_cast<long long>(load.retries),
                static_cast<long long>(load.refused));
    std::printf("jobs, runs, steps %lld, %zu, %zu\n", static_cast<long long>(load.jobs), tally.runs, tally.steps);
    std::printf("executions        %zu, of these %zu of a step that was executed before\n", tally.executions,
                tally.executedAgain);
    std::printf("attempts         ");
    for (const auto& [outcome, count] : tally.attempts)
        std::printf(" %zu %s", count, std::string(toString(outcome)).c_str());
    std::printf("\n");
}

bool printFindings(const Findings& findings, std::uint64_t seed, const std::string& directory) {
    if (findings.count() == 0) {
        std::printf("findings          none\n");
        return true;
    }
    std::printf("findings          %zu; seed %llu; the state is kept in %s\n", findings.count(),
                static_cast<unsigned long long>(seed), directory.c_str());
    for (const std::string& sentence : findings.sentences()) std::printf("  %s\n", sentence.c_str());
    return false;
}

}  // namespace stepd::torture
