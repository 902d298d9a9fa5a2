#pragma once

#include <functional>
#include <map>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/service.h"
#include "engine/engine.h"
#include "store/readers.h"

namespace stepd::api {

/// Clients that wait for the end of a run (`respond: {mode: wait}`), each with its own time limit, and so many at most:
/// a client that leaves is not noticed before its limit. One thread wakes at the next limit. `wait` is thread-safe and
/// does not block.
class PendingRuns final : public Service {
public:
    /// Called once: with the run when it has ended, with null when the time is over, too many wait or the daemon stops.
    /// Must not block.
    using Callback = std::function<void(const Run*)>;

    PendingRuns(engine::Engine& engine, const Clock& clock, std::size_t most = 10'000)
        : engine_(engine), clock_(clock), most_(most) {}
    ~PendingRuns() override { stop(); }

    const char* name() const override { return "pending runs"; }
    void start() override;
    void stop() override EXCLUDES(mutex_);

    /// `endedBefore` is called, on the engine's thread, if the run had ended before: the caller looks into the store
    /// and calls `ended`. Of several who wait for one run the first is asked to.
    void wait(RunId run, Duration limit, Callback done, std::function<void()> endedBefore) EXCLUDES(mutex_);
    void ended(const Run& run) EXCLUDES(mutex_);

private:
    struct Waiter {
        RunId run;
        Callback done;
    };
    using Waiters = std::multimap<Instant, Waiter>;
    void loop() EXCLUDES(mutex_);
    /// Takes out those whose time is over, and tells the engine of runs for which nobody waits then.
    std::vector<Callback> takeLate(Instant now) REQUIRES(mutex_);

    engine::Engine& engine_;
    const Clock& clock_;
    const std::size_t most_;
    Mutex mutex_;
    Condition changed_;
    Waiters waiters_ GUARDED_BY(mutex_);
    std::unordered_multimap<RunId, Waiters::iterator> ofRun_ GUARDED_BY(mutex_);
    Instant sleepsUntil_ GUARDED_BY(mutex_){};  ///< the thread wakes then by itself
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace stepd::api
