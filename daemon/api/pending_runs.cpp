#include "api/pending_runs.h"

#include <utility>
#include <vector>

namespace stepd::api {

void PendingRuns::start() {
    thread_ = std::thread([this] { loop(); });
}

void PendingRuns::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notifyAll();
    if (thread_.joinable()) thread_.join();
}

void PendingRuns::wait(RunId run, Duration limit, Callback done) {
    {
        const MutexLock lock(mutex_);
        if (!stopping_) waiters_.emplace(clock_.instant() + limit, Waiter{run, std::exchange(done, nullptr)});
    }
    if (done) return done(nullptr);
    changed_.notifyAll();
    engine_.onEnd(run, [this](const Run& finished) { ended(finished); });
}

void PendingRuns::ended(const Run& run) {
    std::vector<Callback> callbacks;
    {
        const MutexLock lock(mutex_);
        for (auto it = waiters_.begin(); it != waiters_.end();) {
            if (it->second.run != run.id) {
                ++it;
                continue;
            }
            callbacks.push_back(std::move(it->second.done));
            it = waiters_.erase(it);
        }
    }
    for (const auto& callback : callbacks) callback(&run);
}

void PendingRuns::loop() {
    for (;;) {
        std::vector<Callback> late;
        bool stopping = false;
        {
            const MutexLock lock(mutex_);
            if (waiters_.empty() && !stopping_)
                changed_.wait(mutex_);
            else if (!stopping_)
                changed_.waitUntil(mutex_, waiters_.begin()->first);
            stopping = stopping_;
            while (!waiters_.empty() && (stopping || waiters_.begin()->first <= clock_.instant())) {
                late.push_back(std::move(waiters_.begin()->second.done));
                waiters_.erase(waiters_.begin());
            }
        }
        for (const auto& callback : late) callback(nullptr);
        if (stopping) return;
    }
}

}  // namespace stepd::api
