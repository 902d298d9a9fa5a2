#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "base/mutex.h"
#include "base/short_wait.h"

struct epoll_event;

namespace stepd::host {

/// Descriptors, timers and posted tasks on one thread; sleeps when there is nothing to do. Confined to the thread that
/// calls `run`, but for `post` and `stop`, which are thread-safe. Handlers may watch, unwatch and set timers as they
/// like.
class EventLoop {
public:
    using Task = std::function<void()>;
    using Handler = std::function<void(std::uint32_t events)>;  ///< EPOLLIN ...
    using WatchId = std::uint64_t;
    /// Names a timer; a default one names none.
    using TimerId = std::pair<Instant, std::uint64_t>;

    /// Throws Error{System}.
    explicit EventLoop(const Clock& clock);

    /// `fd` is borrowed until `unwatch`, which must come before it is closed. Level-triggered.
    WatchId watch(int fd, std::uint32_t events, Handler handler);
    void change(WatchId id, std::uint32_t events);
    void unwatch(WatchId id);
    /// Runs `task` once, not before `due`.
    TimerId at(Instant due, Task task);
    TimerId after(Duration delay, Task task) { return at(clock_.instant() + delay, std::move(task)); }
    /// Ignores a timer that has fired, and the default one.
    void cancel(TimerId id) { timers_.erase(id); }
    Instant now() const { return clock_.instant(); }

    /// Runs `task` on the loop's thread; dropped if the loop never runs again.
    void post(Task task) EXCLUDES(mutex_);
    /// Until `stop`; what was posted before it is still run.
    void run();
    void stop();

private:
    struct Watch {
        int fd;
        Handler handler;
    };
    void runPosted() EXCLUDES(mutex_);
    void runTimers();
    int timeoutMs() const EXCLUDES(mutex_);
    int await(std::span<epoll_event> events) EXCLUDES(mutex_);

    const Clock& clock_;
    FileDescriptor epoll_;
    FileDescriptor wake_;
    std::uint64_t last_ = 0;
    bool stopping_ = false;
    // Shared with a handler that is running, so that it may unwatch itself.
    std::unordered_map<WatchId, std::shared_ptr<Watch>> watches_;
    std::map<TimerId, Task> timers_;
    ShortWait wait_;
    std::atomic<std::thread::id> thread_;  ///< that runs it
    mutable Mutex mutex_;
    std::vector<Task> posted_ GUARDED_BY(mutex_);
};

}  // namespace stepd::host
