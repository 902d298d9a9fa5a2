#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/service.h"

namespace stepd {

/// A few threads for work that blocks (the disk, the system's resolver), first come first served. `post` is thread-safe
/// and never blocks. Tasks must not throw.
class TaskPool final : public Service {
public:
    enum class AtStop {
        Finish,  ///< what waits is still done
        Discard  ///< what waits is dropped: for tasks that may take long and that nobody needs then
    };
    TaskPool(std::string name, std::size_t threads, AtStop atStop = AtStop::Finish, std::size_t maxWaiting = 10'000);
    ~TaskPool() override;

    const char* name() const override { return name_.c_str(); }
    void start() override;
    void stop() override EXCLUDES(mutex_);
    /// False if the queue is full or the pool was stopped: the task is dropped.
    bool post(std::function<void()> task) EXCLUDES(mutex_);

private:
    void loop() EXCLUDES(mutex_);

    const std::string name_;
    const std::size_t threadCount_;
    const AtStop atStop_;
    const std::size_t maxWaiting_;
    std::vector<std::thread> threads_;
    Mutex mutex_;
    Condition changed_;
    std::deque<std::function<void()>> waiting_ GUARDED_BY(mutex_);
    bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace stepd
