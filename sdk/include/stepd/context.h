#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <stepd/http.h>

namespace stepd {

enum class LogLevel : std::int32_t {
    Debug = STEPD_LOG_DEBUG,
    Info = STEPD_LOG_INFO,
    Warn = STEPD_LOG_WARN,
    Error = STEPD_LOG_ERROR,
};

enum class CancelReason : std::int32_t {
    None = STEPD_CANCEL_NONE,
    User = STEPD_CANCEL_USER,
    Timeout = STEPD_CANCEL_TIMEOUT,
    Shutdown = STEPD_CANCEL_SHUTDOWN,
    Superseded = STEPD_CANCEL_SUPERSEDED,
    LeaseLost = STEPD_CANCEL_LEASE_LOST,
};

/// One attempt, as the step sees it, and the host's services. Lives as long as the call; usable from any thread of the
/// plugin meanwhile.
class Context {
public:
    Context(const stepd_ctx_v1& ctx, const Json& input, std::string_view inputText)
        : ctx_(ctx), input_(input), inputText_(inputText), http_(&ctx) {}
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    const Json& input() const { return input_; }
    /// The bytes of the input, as they stand in the store.
    std::string_view inputText() const { return inputText_; }

    std::string_view runId() const { return detail::view(ctx_.run_id); }
    std::string_view eventId() const { return detail::view(ctx_.event_id); }
    std::string_view stepId() const { return detail::view(ctx_.step_id); }
    /// From 1.
    int attempt() const { return ctx_.attempt; }
    int attemptsLeft() const { return ctx_.attempts_left; }
    bool lastAttempt() const { return ctx_.attempts_left <= 0; }
    /// The same for all attempts of a step of a run: send it along with effects, so that they happen once.
    std::string_view idempotencyKey() const { return detail::view(ctx_.idempotency_key); }
    /// When the run began: the same for all attempts, so what is derived from it is too.
    std::chrono::system_clock::time_point runStartedAt() const { return wall(ctx_.run_started_ns); }
    /// What the attempt before left with `Outcome::resumeToken`; empty if nothing.
    std::string_view resumeToken() const { return detail::view(ctx_.resume_token); }
    /// `{"class", "code", "message"}` of the attempt before; null on the first.
    Json previousError() const {
        return Json::parse(detail::view(ctx_.previous_error), nullptr, false).is_object()
                   ? Json::parse(detail::view(ctx_.previous_error))
                   : Json();
    }

    /// Wall-clock time. Virtual in tests: use it, not the system's clock.
    std::chrono::system_clock::time_point now() const { return wall(ctx_.host->now(&ctx_)); }
    /// When the host stops the step.
    std::chrono::steady_clock::time_point deadline() const {
        return std::chrono::steady_clock::time_point(Duration(ctx_.deadline_ns));
    }

    /// True once the step shall stop: return `cancelled()` soon. Cheap: ask in loops.
    bool cancelled() const { return cancelReason() != CancelReason::None; }
    CancelReason cancelReason() const { return static_cast<CancelReason>(ctx_.host->cancelled(&ctx_)); }
    /// Becomes readable once the step shall stop. Poll it; never read or close it.
    int cancelDescriptor() const { return ctx_.host->cancel_fd(&ctx_); }
    /// Sleeps; true at once when the step shall stop, false when the time is over.
    bool waitCancelled(Duration duration) const;

    void log(LogLevel level, std::string_view text) const {
        ctx_.host->log(&ctx_, static_cast<std::int32_t>(level), detail::borrow(text));
    }
    void info(std::string_view text) const { log(LogLevel::Info, text); }
    void warn(std::string_view text) const { log(LogLevel::Warn, text); }
    /// `fraction` is 0..1, or negative if unknown.
    void progress(double fraction, std::string_view text) const {
        ctx_.host->progress(&ctx_, fraction, detail::borrow(text));
    }

    /// Absent if it is not configured, or not granted to this plugin.
    std::optional<std::string> secret(std::string_view name) const;
    const Http& http() const { return http_; }

private:
    static std::chrono::system_clock::time_point wall(std::int64_t ns) {
        return std::chrono::system_clock::time_point(
            std::chrono::duration_cast<std::chrono::system_clock::duration>(Duration(ns)));
    }

    const stepd_ctx_v1& ctx_;
    const Json& input_;
    std::string_view inputText_;
    Http http_;
};

inline bool Context::waitCancelled(Duration duration) const {
    if (STEPD_HOST_HAS(ctx_.host, wait_cancelled)) return ctx_.host->wait_cancelled(&ctx_, duration.count()) != 0;
    const auto end = std::chrono::steady_clock::now() + duration;
    while (!cancelled()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
        if (left <= 0) return false;
        pollfd descriptor{.fd = cancelDescriptor(), .events = POLLIN, .revents = 0};
        ::poll(&descriptor, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    }
    return true;
}

inline std::optional<std::string> Context::secret(std::string_view name) const {
    stepd_str value{};
    if (ctx_.host->secret_get(&ctx_, detail::borrow(name), &value) == 0) return std::nullopt;
    return std::string(detail::view(value));
}

}  // namespace stepd
