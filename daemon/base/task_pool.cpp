#include "base/task_pool.h"

#include <utility>

#include "base/named_thread.h"

namespace stepd {

TaskPool::TaskPool(std::string name, std::size_t threads, AtStop atStop, std::size_t maxWaiting)
    : name_(std::move(name)), threadCount_(threads), atStop_(atStop), maxWaiting_(maxWaiting) {}

TaskPool::~TaskPool() {
    stop();
}

void TaskPool::start() {
    for (std::size_t i = 0; i < threadCount_; ++i) threads_.push_back(namedThread(name_, [this] { loop(); }));
}

void TaskPool::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
        if (atStop_ == AtStop::Discard) waiting_.clear();
    }
    changed_.notifyAll();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

bool TaskPool::post(std::function<void()> task) {
    {
        const MutexLock lock(mutex_);
        if (stopping_ || waiting_.size() >= maxWaiting_) return false;
        waiting_.push_back(std::move(task));
    }
    changed_.notifyOne();
    return true;
}

void TaskPool::loop() {
    for (;;) {
        std::function<void()> task;
        {
            const MutexLock lock(mutex_);
            while (waiting_.empty() && !stopping_) changed_.wait(mutex_);
            if (waiting_.empty()) return;
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        task();
    }
}

}  // namespace stepd
