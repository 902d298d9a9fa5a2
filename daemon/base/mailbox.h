#pragma once

#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace stepd {

/// Messages from many threads to the one thread that owns some state. The reader takes all there is at once, so a busy
/// reader is woken once a round and never once a message. Not bounded by itself: what fills it is bounded where it is
/// admitted (`size` tells).  Thread-safe; `take*` is for one reader.
template <typename Message>
class Mailbox {
public:
    /// False once closed: the message is left as it was.
    bool post(Message&& message) EXCLUDES(mutex_) {
        bool wake = false;
        {
            const MutexLock lock(mutex_);
            if (closed_) return false;
            wake = messages_.empty();
            messages_.push_back(std::move(message));
        }
        if (wake) filled_.notifyOne();
        return true;
    }

    /// Many at once: the reader is woken once and finds them all. False once closed.
    bool postAll(std::vector<Message>&& messages) EXCLUDES(mutex_) {
        if (messages.empty()) return true;
        bool wake = false;
        {
            const MutexLock lock(mutex_);
            if (closed_) return false;
            wake = messages_.empty();
            if (wake)
                messages_ = std::move(messages);
            else
                std::move(messages.begin(), messages.end(), std::back_inserter(messages_));
        }
        if (wake) filled_.notifyOne();
        return true;
    }

    /// Waits for a message, the deadline or `close`. Empty on a deadline, and for ever once closed and drained.
    std::vector<Message> takeUntil(std::optional<Instant> deadline) EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        while (messages_.empty() && !closed_) {
            if (!deadline) {
                filled_.wait(mutex_);
            } else if (!filled_.waitUntil(mutex_, *deadline)) {
                break;
            }
        }
        return std::exchange(messages_, {});
    }

    /// What is there now, without waiting.
    std::vector<Message> take() EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return std::exchange(messages_, {});
    }

    /// Refuses further messages and wakes the reader. Safe twice.
    void close() EXCLUDES(mutex_) {
        {
            const MutexLock lock(mutex_);
            closed_ = true;
        }
        filled_.notifyAll();
    }

    bool closed() const EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return closed_;
    }

    std::size_t size() const EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return messages_.size();
    }

private:
    mutable Mutex mutex_;
    Condition filled_;
    std::vector<Message> messages_ GUARDED_BY(mutex_);
    bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace stepd
