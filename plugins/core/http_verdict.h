#pragma once

#include <stepd/step.h>

#include <chrono>
#include <optional>

#include "core/http_settings.h"

namespace stepd::core {

/// What the answer means for the step; see README.md. `now` is for a `Retry-After` that is a date.
Outcome verdictOf(const HttpSettings& settings, const HttpReply& reply, std::chrono::system_clock::time_point now);

/// How long the server asks to wait: seconds or an HTTP date (RFC 9110 section 10.2.3). Never negative; at most a day.
std::optional<Duration> askedWait(const HttpReply& reply, std::chrono::system_clock::time_point now);

}  // namespace stepd::core
