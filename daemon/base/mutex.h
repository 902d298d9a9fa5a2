#pragma once

#include <condition_variable>
#include <mutex>

#include "base/thread_annotations.h"
#include "base/time.h"

namespace stepd {

/// std::mutex that clang's thread-safety analysis knows. Lock it with MutexLock, never by hand.
class CAPABILITY("mutex") Mutex {
public:
    void lock() ACQUIRE() { mutex_.lock(); }
    void unlock() RELEASE() { mutex_.unlock(); }

private:
    std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class SCOPED_CAPABILITY MutexLock {
public:
    explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() RELEASE() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

/// A condition on data guarded by a Mutex that the caller holds. Wake-ups may be spurious: wait in a loop.
class Condition {
public:
    void wait(Mutex& mutex) REQUIRES(mutex) { condition_.wait(mutex); }
    /// False if `deadline` passed.
    bool waitUntil(Mutex& mutex, Instant deadline) REQUIRES(mutex) {
        return condition_.wait_until(mutex, deadline) == std::cv_status::no_timeout;
    }
    void notifyOne() { condition_.notify_one(); }
    void notifyAll() { condition_.notify_all(); }

private:
    std::condition_variable_any condition_;
};

}  // namespace stepd
