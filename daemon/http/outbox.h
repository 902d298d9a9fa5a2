#pragma once

#include <cstdint>
#include <vector>

#include "base/file_descriptor.h"
#include "base/mutex.h"
#include "http/response.h"

namespace stepd::http {

/// One connection of one server, never used twice.
using ConnectionId = std::uint64_t;

struct Answer {
    ConnectionId connection = 0;
    Response response;
};

/// Answers on their way from any thread to the reactor, and its bell. A reactor that is awake is not rung, so a batch
/// of answers costs one wake-up at most.  Thread-safe; `take` and `mayWait` are for the reactor. Shared by the
/// responders, which may outlive the server.
class Outbox {
public:
    /// Throws Error{System} if the system gives no eventfd.
    Outbox();

    /// False once closed: the answer is dropped.
    bool post(Answer answer) EXCLUDES(mutex_);
    /// Ends the reactor's wait, at once or when it begins.
    void ring() EXCLUDES(mutex_);
    void close() EXCLUDES(mutex_);

    /// All there is, without waiting. Clears the bell.
    std::vector<Answer> take() EXCLUDES(mutex_);
    /// True if the reactor may block on `bell`: nothing is here and nobody rang. From then on a post rings, until
    /// `awake`.
    bool mayWait() EXCLUDES(mutex_);
    /// The reactor's wait is over: it will `take` without being rung.
    void awake() EXCLUDES(mutex_);
    /// Readable while it rings.
    int bell() const { return bell_.get(); }

private:
    void ringLocked() REQUIRES(mutex_);

    const FileDescriptor bell_;
    mutable Mutex mutex_;
    std::vector<Answer> answers_ GUARDED_BY(mutex_);
    bool waiting_ GUARDED_BY(mutex_) = false;
    bool rung_ GUARDED_BY(mutex_) = false;
    bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace stepd::http
