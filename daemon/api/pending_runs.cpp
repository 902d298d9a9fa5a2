#include "api/pending_runs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/named_thread.h"

namespace stepd::api {

void PendingRuns::start() {
    thread_ = namedThread("pending runs", [this] { loop(); });
}

void PendingRuns::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notifyAll();
    if (thread_.joinable()) thread_.join();
}

void PendingRuns::wait(RunId run, Duration limit, Callback done, std::function<void()> endedBefore) {
    bool wake = false;
    {
        const MutexLock lock(mutex_);
        if (!stopping_) {
            const Key key(clock_.instant() + limit, ++last_);
            waiters_.emplace(key, Waiter{run, std::exchange(done, nullptr)});
            byRun_.emplace(run, key);
            wake = key.first < sleepsUntil_;
        }
    }
    if (done) return done(nullptr);
    if (wake) changed_.notifyAll();
    engine_.onEnd(run, [this, endedBefore = std::move(endedBefore)](const Run* finished) {
        finished == nullptr ? endedBefore() : ended(*finished);
    });
}

void PendingRuns::ended(const Run& run) {
    std::vector<Callback> callbacks;
    {
        const MutexLock lock(mutex_);
        const auto [first, last] = byRun_.equal_range(run.id);
        for (auto it = first; it != last; ++it)
            callbacks.push_back(std::move(waiters_.extract(it->second).mapped().done));
        byRun_.erase(first, last);
    }
    for (const auto& callback : callbacks) callback(&run);
}

void PendingRuns::loop() {
    for (;;) {
        std::vector<Callback> late;
        bool stopping = false;
        {
            const MutexLock lock(mutex_);
            sleepsUntil_ = waiters_.empty() ? Instant::max() : waiters_.begin()->first.first;
            if (waiters_.empty() && !stopping_)
                changed_.wait(mutex_);
            else if (!stopping_)
                changed_.waitUntil(mutex_, sleepsUntil_);
            stopping = stopping_;
            while (!waiters_.empty() && (stopping || waiters_.begin()->first.first <= clock_.instant())) {
                auto waiter = waiters_.extract(waiters_.begin());
                const auto [first, last] = byRun_.equal_range(waiter.mapped().run);
                byRun_.erase(std::find_if(first, last, [&](const auto& one) { return one.second == waiter.key(); }));
                late.push_back(std::move(waiter.mapped().done));
            }
        }
        for (const auto& callback : late) callback(nullptr);
        if (stopping) return;
    }
}

}  // namespace stepd::api
