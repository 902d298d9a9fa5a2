#include "host/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"

namespace stepd::host {
namespace {

constexpr EventLoop::WatchId kWake = 0;

void control(int epoll, int operation, int fd, std::uint32_t events, EventLoop::WatchId id) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    if (::epoll_ctl(epoll, operation, fd, &event) != 0) throwErrno(errno, "epoll_ctl failed");
}

}  // namespace

EventLoop::EventLoop(const Clock& clock)
    : clock_(clock), epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!epoll_.valid() || !wake_.valid()) throwErrno(errno, "cannot make an epoll descriptor");
    control(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), EPOLLIN, kWake);
}

EventLoop::WatchId EventLoop::watch(int fd, std::uint32_t events, Handler handler) {
    const WatchId id = ++last_;
    control(epoll_.get(), EPOLL_CTL_ADD, fd, events, id);
    watches_.emplace(id, std::make_shared<Watch>(Watch{fd, std::move(handler)}));
    return id;
}

void EventLoop::change(WatchId id, std::uint32_t events) {
    if (const auto found = watches_.find(id); found != watches_.end())
        control(epoll_.get(), EPOLL_CTL_MOD, found->second->fd, events, id);
}

void EventLoop::unwatch(WatchId id) {
    const auto found = watches_.find(id);
    if (found == watches_.end()) return;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->fd, nullptr);
    watches_.erase(found);
}

EventLoop::TimerId EventLoop::at(Instant due, Task task) {
    const TimerId id{due, ++last_};
    timers_.emplace(id, std::move(task));
    return id;
}

void EventLoop::post(Task task) {
    bool wake = false;
    {
        const MutexLock lock(mutex_);
        wake = posted_.empty();
        posted_.push_back(std::move(task));
    }
    // Our own thread looks before it sleeps.
    if (wake && thread_ != std::this_thread::get_id()) ::eventfd_write(wake_.get(), 1);
}

void EventLoop::stop() {
    post([this] { stopping_ = true; });
}

void EventLoop::runPosted() {
    std::vector<Task> tasks;
    {
        const MutexLock lock(mutex_);
        tasks.swap(posted_);
    }
    for (auto& task : tasks) task();
}

void EventLoop::runTimers() {
    const Instant now = clock_.instant();
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
        const Task task = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        task();
    }
}

int EventLoop::timeoutMs() const {
    {
        const MutexLock lock(mutex_);
        if (!posted_.empty()) return 0;
    }
    if (timers_.empty()) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - clock_.instant()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

int EventLoop::await(std::span<epoll_event> events) {
    const auto look = [&](int timeout) {
        return ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    };
    const int timeout = timeoutMs();
    if (timeout == 0) return look(0);
    int count = 0;
    if (wait_.spin([&] { return (count = look(0)) != 0; })) return count;
    count = look(timeout);
    wait_.slept();
    return count;
}

void EventLoop::run() {
    thread_ = std::this_thread::get_id();
    for (stopping_ = false; !stopping_;) {
        std::array<epoll_event, 64> events{};
        const int count = await(events);
        if (count < 0 && errno != EINTR) throwErrno(errno, "epoll_wait failed");
        for (int i = 0; i < count; ++i) {
            const auto& event = events.at(static_cast<std::size_t>(i));
            if (event.data.u64 == kWake) {
                eventfd_t value = 0;
                ::eventfd_read(wake_.get(), &value);
                continue;
            }
            // An earlier handler of this round may have ended the watch.
            const auto found = watches_.find(event.data.u64);
            if (found == watches_.end()) continue;
            const auto watch = found->second;
            watch->handler(event.events);
        }
        runPosted();
        runTimers();
    }
}

}  // namespace stepd::host
