#pragma once

#include <memory>
#include <string>

#include "daemon_under_test.h"
#include "load_client.h"
#include "profiler.h"
#include "workloads.h"

namespace stepd::bench {

/// The loads that several workloads put on a daemon; with the defaults for warm-up and window.

/// One request a run of `w4`, `w1` or `p`; the right answer is the result of its last step.
Load waitingRuns(const DaemonUnderTest& daemon, const std::string& pipeline, std::size_t inFlight);
/// POST /e/KEY with so many events of a name in each request.
Load events(const DaemonUnderTest& daemon, const std::string& name, std::size_t inFlight, std::uint64_t aRequest = 1);

/// Runs through the daemon, a hundred events a request, until so many more are completed; how many, rounded up to a
/// hundred. Serials go from `firstSerial`, a multiple of a hundred.
std::uint64_t fillWithRuns(const DaemonUnderTest& daemon, const std::string& event, std::uint64_t runs,
                           std::uint64_t firstSerial, Report& report);

/// Reports answers that were not the right ones.
void checkAnswers(const std::string& workload, const LoadResult& result, Report& report);

/// Null unless the options ask for one.
std::unique_ptr<Profiler> profilerOf(const Options& options, const DaemonUnderTest& daemon);
void tellHottest(const Profiler* profiler, Report& report);

}  // namespace stepd::bench
