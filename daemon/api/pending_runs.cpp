#include "api/pending_runs.h"

#include <algorithm>
#include <utility>

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
        if (!stopping_ && waiters_.size() < most_) {
            const Instant until = clock_.instant() + limit;
            wake = until < sleepsUntil_;
            // Posts, under the lock: the engine must hear of this one behind what it is to forget.
            if (!ofRun_.contains(run))
                engine_.onEnd(run, [this, endedBefore = std::move(endedBefore)](const Run* finished) {
                    finished == nullptr ? endedBefore() : ended(*finished);
                });
            ofRun_.emplace(run, waiters_.emplace(until, Waiter{run, std::exchange(done, nullptr)}));
        }
    }
    if (done) return done(nullptr);
    if (wake) changed_.notifyAll();
}

void PendingRuns::ended(const Run& run) {
    std::vector<Callback> callbacks;
    {
        const MutexLock lock(mutex_);
        const auto [begin, end] = ofRun_.equal_range(run.id);
        for (auto it = begin; it != end; ++it) {
            callbacks.push_back(std::move(it->second->second.done));
            waiters_.erase(it->second);
        }
        ofRun_.erase(begin, end);
    }
    for (const auto& callback : callbacks) callback(&run);
}

std::vector<PendingRuns::Callback> PendingRuns::takeLate(Instant now) {
    std::vector<Callback> late;
    while (!waiters_.empty() && (stopping_ || waiters_.begin()->first <= now)) {
        const auto first = waiters_.begin();
        const RunId run = first->second.run;
        const auto [begin, end] = ofRun_.equal_range(run);
        ofRun_.erase(std::find_if(begin, end, [&](const auto& entry) { return entry.second == first; }));
        if (!ofRun_.contains(run)) engine_.forgetEnd(run);
        late.push_back(std::move(first->second.done));
        waiters_.erase(first);
    }
    return late;
}

void PendingRuns::loop() {
    for (;;) {
        std::vector<Callback> late;
        bool stopping = false;
        {
            const MutexLock lock(mutex_);
            sleepsUntil_ = waiters_.empty() ? Instant::max() : waiters_.begin()->first;
            if (waiters_.empty() && !stopping_)
                changed_.wait(mutex_);
            else if (!stopping_)
                changed_.waitUntil(mutex_, sleepsUntil_);
            stopping = stopping_;
            late = takeLate(clock_.instant());
        }
        for (const auto& callback : late) callback(nullptr);
        if (stopping) return;
    }
}

}  // namespace stepd::api
