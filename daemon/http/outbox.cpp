#include "http/outbox.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace stepd::http {
namespace {

int openBell() {
    const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) throwErrno(errno, "opening an eventfd");
    return fd;
}

}  // namespace

Outbox::Outbox() : bell_(openBell()) {}

bool Outbox::post(Answer answer) {
    const MutexLock lock(mutex_);
    if (closed_) return false;
    answers_.push_back(std::move(answer));
    if (waiting_) ringLocked();
    return true;
}

void Outbox::ring() {
    const MutexLock lock(mutex_);
    ringLocked();
}

void Outbox::ringLocked() {
    if (std::exchange(rung_, true)) return;
    // Cannot fail: the counter goes from 0 to 1.
    ::eventfd_write(bell_.get(), 1);
}

void Outbox::close() {
    std::vector<Answer> dropped;  // destroyed outside the lock
    const MutexLock lock(mutex_);
    closed_ = true;
    dropped.swap(answers_);
}

std::vector<Answer> Outbox::take() {
    const MutexLock lock(mutex_);
    if (std::exchange(rung_, false)) {
        eventfd_t count = 0;
        ::eventfd_read(bell_.get(), &count);
    }
    return std::exchange(answers_, {});
}

void Outbox::awake() {
    const MutexLock lock(mutex_);
    waiting_ = false;
}

bool Outbox::mayWait() {
    const MutexLock lock(mutex_);
    waiting_ = answers_.empty() && !rung_;
    return waiting_;
}

}  // namespace stepd::http
