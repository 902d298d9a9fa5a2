#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "host/event_loop.h"
#include "host/runtime/call_sink.h"

namespace stepd::host {

/// What calls inside the daemon say, on its way from their threads to the host's. Shared with these threads, which may
/// outlive the link, the host and its loop. Thread-safe.
class InprocSink final : public CallSink, public std::enable_shared_from_this<InprocSink> {
public:
    /// The threads have ended.
    struct Ended {};
    using Word =
        std::variant<LogMessage, ProgressMessage, HttpRequestMessage, SecretRequestMessage, ResultMessage, Ended>;
    using Words = std::vector<std::pair<std::uint64_t, Word>>;

    /// `take` is called on the loop's thread with all that was said since.
    InprocSink(EventLoop& loop, std::function<void(Words)> take) : loop_(&loop), take_(std::move(take)) {}
    /// On the loop's thread: nothing is passed on any more.
    void close() EXCLUDES(mutex_);

    void log(std::uint64_t token, LogMessage line) noexcept override { say(token, std::move(line), Post::Now); }
    void progress(std::uint64_t token, ProgressMessage note) noexcept override {
        say(token, std::move(note), Post::Now);
    }
    bool fetch(std::uint64_t token, HttpRequestMessage request) noexcept override;
    void askSecret(std::uint64_t token, SecretRequestMessage request) noexcept override {
        say(token, std::move(request), Post::Now);
    }
    void end(std::uint64_t token, ResultMessage result) noexcept override {
        say(token, std::move(result), Post::Later);
    }
    void flush() noexcept override EXCLUDES(mutex_);
    bool keepsBack() const noexcept override EXCLUDES(mutex_);
    /// On the loop's thread, unless closed before.
    void run(std::function<void()> task) EXCLUDES(mutex_);
    void threadsEnded() noexcept { say(0, Ended{}, Post::Now); }

    /// Of all texts in it.
    static std::size_t sizeOf(const HttpRequestMessage& request);

private:
    enum class Post { Now, Later };
    void say(std::uint64_t token, Word word, Post when) noexcept EXCLUDES(mutex_);
    void tellLoop() noexcept REQUIRES(mutex_);
    void pass() EXCLUDES(mutex_);

    mutable Mutex mutex_;
    EventLoop* loop_ GUARDED_BY(mutex_);
    Words words_ GUARDED_BY(mutex_);
    bool posted_ GUARDED_BY(mutex_) = false;  ///< the loop has been told, and has not come yet
    std::function<void(Words)> take_;         ///< of the loop's thread
};

}  // namespace stepd::host
