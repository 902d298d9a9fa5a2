#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "daemon_files.h"
#include "report.h"

namespace stepd::bench {

/// How a run is asked for, and how its end is noticed.
enum class Way {
    Wait,   ///< a declared route that answers with the run's result
    Events  ///< POST /e/KEY; the end is what the store says, seen through a read-only session
};

struct Options {
    DaemonSetup daemon;
    Duration window = 5s;
    std::vector<std::size_t> inFlight{};  ///< empty: those of the workload
    Way way = Way::Wait;
    int repeat = 1;         ///< the median of so many is reported
    std::size_t count = 0;  ///< runs of queue, start, grow and disturb; 0: as the workload says
    Duration settle = 12s;  ///< of idle, after its runs: a parked run leaves memory after ten seconds
    double rate = 1000;     ///< events a second of disturb
    bool profile = false;   ///< the daemon's most expensive functions after each line
};

/// Each starts daemons of its own, measures, verifies what is stored, and adds its figures.

/// Runs of one pipeline: `w4`, `w1` or `p`.
void measureRuns(const std::string& pipeline, const Options& options, Report& report);
/// Events that no pipeline wants: one a request, and a hundred a request.
void measureIngest(const Options& options, Report& report);
/// A daemon that is left alone: after its start, and after some thousand runs.
void measureIdle(const Options& options, Report& report);
/// Memory and the time of accepting a run, with an empty queue and with `count` (1,000,000) queued runs.
void measureQueue(const Options& options, Report& report);
/// From start to ready: empty, and with `count` (100,000) unfinished runs, after a stop and after a kill.
void measureStart(const Options& options, Report& report);
/// The cost of a W4 run while the number of stored runs grows to `count` (1,000,000).
void measureGrow(const Options& options, Report& report);
/// How long an event takes to be accepted while the daemon has upkeep to do: readers, backups, pruning. `count`
/// (100,000) ended runs are stored before.
void measureDisturb(const Options& options, Report& report);

}  // namespace stepd::bench
