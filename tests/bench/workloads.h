#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "daemon_files.h"
#include "report.h"

namespace stepd::bench {

struct Options {
    DaemonSetup daemon;
    Duration window = 5s;
    std::vector<std::size_t> inFlight{};  ///< empty: those of the workload
    std::size_t count = 0;                ///< of queue and start; 0: as the workload says
};

/// Each starts daemons of its own, measures, verifies what is stored, and adds its figures.

/// Runs of one pipeline (`w4`, `w1`, `p`), one request a run: the answer comes with the run's result.
void measureRuns(const std::string& pipeline, const Options& options, Report& report);
/// Events that no pipeline wants, one a request.
void measureIngest(const Options& options, Report& report);

}  // namespace stepd::bench
