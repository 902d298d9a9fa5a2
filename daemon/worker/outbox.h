#pragma once

#include "base/mutex.h"
#include "host/channel.h"
#include "host/runtime/call_sink.h"

namespace stepd::worker {

/// Sends frames to the host from any thread; ends the process when the host is gone. Results wait for those of the
/// calls behind them, as long as these are quick. Thread-safe; blocks while the host is slow.
class Outbox final : public host::CallSink {
public:
    explicit Outbox(host::Channel& channel) : channel_(channel) {}

    /// Sends at once. False if the message is larger than a frame may be.
    template <typename Message>
    bool send(host::FrameType type, std::uint64_t token, Message message) noexcept EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        if (!channel_.put(type, token, message)) return false;
        flushLocked();
        return true;
    }

    void log(std::uint64_t token, host::LogMessage line) noexcept override {
        send(host::FrameType::Log, token, std::move(line));
    }
    void progress(std::uint64_t token, host::ProgressMessage note) noexcept override {
        send(host::FrameType::Progress, token, std::move(note));
    }
    bool fetch(std::uint64_t token, host::HttpRequestMessage request) noexcept override {
        return send(host::FrameType::HttpRequest, token, std::move(request));
    }
    void askSecret(std::uint64_t token, host::SecretRequestMessage request) noexcept override {
        send(host::FrameType::SecretRequest, token, std::move(request));
    }
    void end(std::uint64_t token, host::ResultMessage result) noexcept override EXCLUDES(mutex_);
    void flush() noexcept override EXCLUDES(mutex_);
    bool keepsBack() const noexcept override EXCLUDES(mutex_);

private:
    void flushLocked() noexcept REQUIRES(mutex_);

    mutable Mutex mutex_;
    host::Channel& channel_ GUARDED_BY(mutex_);
};

}  // namespace stepd::worker
