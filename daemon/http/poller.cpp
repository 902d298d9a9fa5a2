#include "http/poller.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/error.h"

namespace stepd::http {
namespace {

int openEpoll() {
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) throwErrno(errno, "opening an epoll descriptor");
    return fd;
}

/// Whole milliseconds, rounded up: waking a little late beats waking too early and again.
int toMillis(std::optional<Duration> timeout) {
    if (!timeout) return -1;
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(std::max(*timeout, Duration(0))).count();
    return static_cast<int>(std::min<std::int64_t>(millis, std::numeric_limits<int>::max()));
}

}  // namespace

Poller::Poller() : epoll_(openEpoll()) {}

void Poller::watchLevel(int fd, std::uint64_t id) {
    ::epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throwErrno(errno, "watching a descriptor");
}

bool Poller::watchEdges(int fd, std::uint64_t id) {
    ::epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = id}};
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::forget(int fd) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const Poller::Event> Poller::wait(std::optional<Duration> timeout) {
    const int count = ::epoll_wait(epoll_.get(), raw_.data(), static_cast<int>(raw_.size()), toMillis(timeout));
    if (count < 0 && errno != EINTR) throwErrno(errno, "waiting for events");
    const auto size = static_cast<std::size_t>(std::max(count, 0));
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint32_t mask = raw_[i].events;
        events_[i] = {.id = raw_[i].data.u64,
                      .readable = (mask & EPOLLIN) != 0,
                      .writable = (mask & EPOLLOUT) != 0,
                      .peerClosed = (mask & EPOLLRDHUP) != 0,
                      .broken = (mask & (EPOLLHUP | EPOLLERR)) != 0};
    }
    return {events_.data(), size};
}

}  // namespace stepd::http
