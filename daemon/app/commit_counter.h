#pragma once

#include "store/sqlite/commit_observer.h"
#include "telemetry/metrics.h"

namespace stepd::app {

/// Counts the store's transactions in `stepd_store_commits_total`: each is one sync of the write-ahead log, so an idle
/// daemon adds none.
class CommitCounter final : public store::CommitObserver {
public:
    explicit CommitCounter(Metrics& metrics)
        : total_(metrics.counter("stepd_store_commits_total", "Transactions of the store that are on disk.")) {}

    void beforeCommit(std::uint64_t) override {}
    void afterCommit(std::uint64_t) override { total_.add(); }

private:
    Metrics::Counter& total_;
};

}  // namespace stepd::app
