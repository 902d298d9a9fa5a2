#pragma once

#include <functional>
#include <map>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/service.h"
#include "engine/engine.h"
#include "store/readers.h"

namespace stepd::api {

/// Clients that wait for the end of a run (`respond: {mode: wait}`), each with its own time limit. One thread wakes at
/// the next limit. `wait` is thread-safe and does not block.
class PendingRuns final : public Service {
public:
    /// Called once: with the run when it has ended, with null when the time is over or the daemon stops. Must not
    /// block.
    using Callback = std::function<void(const Run*)>;

    PendingRuns(engine::Engine& engine, const Clock& clock) : engine_(engine), clock_(clock) {}
    ~PendingRuns() override { stop(); }

    const char* name() const override { return "pending runs"; }
    void start() override;
    void stop() override EXCLUDES(mutex_);

    /// `endedBefore` is called, on the engine's thread, if the run had ended before: the caller looks into the store
    /// and calls `ended`.
    void wait(RunId run, Duration limit, Callback done, std::function<void()> endedBefore) EXCLUDES(mutex_);
    void ended(const Run& run) EXCLUDES(mutex_);

private:
    using Key = std::pair<Instant, std::uint64_t>;  ///< its limit, and a number that makes it unique
    struct Waiter {
        RunId run;
        Callback done;
    };
    void loop() EXCLUDES(mutex_);

    engine::Engine& engine_;
    const Clock& clock_;
    Mutex mutex_;
    Condition changed_;
    std::map<Key, Waiter> waiters_ GUARDED_BY(mutex_);
    std::unordered_multimap<RunId, Key> byRun_ GUARDED_BY(mutex_);
    std::uint64_t last_ GUARDED_BY(mutex_) = 0;
    Instant sleepsUntil_ GUARDED_BY(mutex_){};  ///< the thread wakes then by itself
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace stepd::api
