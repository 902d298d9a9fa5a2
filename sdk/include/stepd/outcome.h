#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <stepd/json.h>

namespace stepd {

using Duration = std::chrono::nanoseconds;

/// How an attempt ended. The class decides whether it is tried again; the code beside it is the plugin's own word.
enum class Class : std::int32_t {
    Ok = STEPD_OK,
    Skipped = STEPD_SKIPPED,
    Transient = STEPD_TRANSIENT,
    RateLimited = STEPD_RATE_LIMITED,
    Upstream = STEPD_UPSTREAM,
    Timeout = STEPD_TIMEOUT,
    InvalidInput = STEPD_INVALID_INPUT,
    InvalidConfig = STEPD_INVALID_CONFIG,
    Unauthorized = STEPD_UNAUTHORIZED,
    NotFound = STEPD_NOT_FOUND,
    Conflict = STEPD_CONFLICT,
    Permanent = STEPD_PERMANENT,
    Cancelled = STEPD_CANCELLED,
    Bug = STEPD_BUG,
};

/// What a step returns; made by the functions below. A value.
class [[nodiscard]] Outcome {
public:
    explicit Outcome(Json output) : class_(Class::Ok), output_(std::move(output)) {}
    Outcome(Class outcome, std::string code, std::string message)
        : class_(outcome), code_(std::move(code)), message_(std::move(message)) {}

    /// JSON that explains more than the sentence, such as a list of findings.
    Outcome&& details(Json details) && { return details_ = std::move(details), std::move(*this); }
    /// The next attempt comes not earlier than this from now.
    Outcome&& retryAfter(std::optional<Duration> delay) && { return retryAfter_ = delay, std::move(*this); }
    /// Handed to the next attempt: where a long step goes on.
    Outcome&& resumeToken(std::string token) && { return resumeToken_ = std::move(token), std::move(*this); }

    Class outcomeClass() const { return class_; }
    bool ok() const { return class_ == Class::Ok; }
    const Json& output() const { return output_; }
    const std::string& code() const { return code_; }
    const std::string& message() const { return message_; }
    const Json& details() const { return details_; }
    const std::optional<Duration>& retryAfter() const { return retryAfter_; }
    const std::string& resumeToken() const { return resumeToken_; }

private:
    Class class_;
    Json output_;
    std::string code_;
    std::string message_;
    Json details_;
    std::optional<Duration> retryAfter_;
    std::string resumeToken_;
};

/// The step is done; `output` becomes its result.
inline Outcome done(Json output) {
    return Outcome(std::move(output));
}
/// There was nothing to do.
inline Outcome skip(std::string code, std::string message) {
    return {Class::Skipped, std::move(code), std::move(message)};
}

// Tried again by default.

/// May work soon.
inline Outcome transient(std::string code, std::string message, std::optional<Duration> retryAfter = {}) {
    return Outcome(Class::Transient, std::move(code), std::move(message)).retryAfter(retryAfter);
}
/// The other side asked to wait.
inline Outcome rateLimited(std::string code, std::string message, std::optional<Duration> retryAfter = {}) {
    return Outcome(Class::RateLimited, std::move(code), std::move(message)).retryAfter(retryAfter);
}
/// The other side failed: 5xx, an answer that makes no sense.
inline Outcome upstream(std::string code, std::string message, std::optional<Duration> retryAfter = {}) {
    return Outcome(Class::Upstream, std::move(code), std::move(message)).retryAfter(retryAfter);
}
/// The plugin's own patience ended.
inline Outcome timeout(std::string code, std::string message, std::optional<Duration> retryAfter = {}) {
    return Outcome(Class::Timeout, std::move(code), std::move(message)).retryAfter(retryAfter);
}

// Never tried again by default.

/// This input will never work.
inline Outcome invalidInput(std::string code, std::string message, Json details = {}) {
    return Outcome(Class::InvalidInput, std::move(code), std::move(message)).details(std::move(details));
}
/// The plugin is set up wrongly.
inline Outcome invalidConfig(std::string code, std::string message, Json details = {}) {
    return Outcome(Class::InvalidConfig, std::move(code), std::move(message)).details(std::move(details));
}
/// A credential was refused.
inline Outcome unauthorized(std::string code, std::string message, Json details = {}) {
    return Outcome(Class::Unauthorized, std::move(code), std::move(message)).details(std::move(details));
}
/// What the input names does not exist.
inline Outcome notFound(std::string code, std::string message, Json details = {}) {
    return Outcome(Class::NotFound, std::move(code), std::move(message)).details(std::move(details));
}
/// The state of the world forbids it.
inline Outcome conflict(std::string code, std::string message, Json details = {}) {
    return Outcome(Class::Conflict, std::move(code), std::move(message)).details(std::move(details));
}
/// Anything else that is final.
inline Outcome permanent(std::string code, std::string message, Json details = {}) {
    return Outcome(Class::Permanent, std::move(code), std::move(message)).details(std::move(details));
}
/// The step stopped because it was asked to.
inline Outcome cancelled(std::string message = "stopped as asked") {
    return {Class::Cancelled, "cancelled", std::move(message)};
}

/// Thrown by a step's constructor when its options are wrong: every call then ends as `invalid_config` with this
/// sentence.
class InvalidConfig : public std::runtime_error {
public:
    explicit InvalidConfig(const std::string& message) : InvalidConfig("invalid_options", message) {}
    InvalidConfig(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}
    const std::string& code() const { return code_; }

private:
    std::string code_;
};

}  // namespace stepd
