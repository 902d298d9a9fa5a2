#pragma once

#include <functional>
#include <map>
#include <thread>

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

    /// The caller looks into the store after this, and calls `ended` if the run had ended before.
    void wait(RunId run, Duration limit, Callback done) EXCLUDES(mutex_);
    void ended(const Run& run) EXCLUDES(mutex_);

private:
    struct Waiter {
        RunId run;
        Callback done;
    };
    void loop() EXCLUDES(mutex_);

    engine::Engine& engine_;
    const Clock& clock_;
    Mutex mutex_;
    Condition changed_;
    std::multimap<Instant, Waiter> waiters_ GUARDED_BY(mutex_);
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace stepd::api
