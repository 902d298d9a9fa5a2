#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "base/mutex.h"
#include "host/channel.h"

namespace stepd::worker {

/// Sends frames to the host from any thread; ends the process when the host is gone. Thread-safe; blocks while the host
/// is slow.
class Outbox {
public:
    explicit Outbox(host::Channel& channel) : channel_(channel) {}

    template <typename Message>
    void send(host::FrameType type, std::uint64_t token, Message message) EXCLUDES(mutex_) {
        sendEncoded(type, token, host::encode(std::move(message)));
    }
    /// `body` is at most kMaxFrameBytes long.
    void sendEncoded(host::FrameType type, std::uint64_t token, std::string body) EXCLUDES(mutex_) {
        const host::Frame frame{type, token, std::move(body)};
        const MutexLock lock(mutex_);
        if (channel_.send(frame) != host::Sent::All) ::_exit(0);
    }

private:
    Mutex mutex_;
    host::Channel& channel_ GUARDED_BY(mutex_);
};

}  // namespace stepd::worker
