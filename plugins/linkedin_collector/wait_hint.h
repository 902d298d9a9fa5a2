#pragma once

#include <stepd/step.h>

#include <optional>

#include "kit/timestamp.h"

namespace stepd::linkedin {

/// How long the server asks to wait, as it says: `Retry-After` (seconds or an HTTP date), `RateLimit-Reset`,
/// `X-RateLimit-Reset`, `X-RateLimit-Requests-Reset`, the first that can be read. A number over 10^12 is epoch
/// milliseconds, over 10^9 epoch seconds, else seconds from now; text with a `T` is ISO 8601. Never negative.
std::optional<Duration> askedWait(const HttpReply& reply, kit::WallTime now);

/// The same between one second and 15 minutes.
std::optional<Duration> waitHint(const HttpReply& reply, kit::WallTime now);

/// True if the answer says that no further call is allowed until the reset.
bool nothingRemains(const HttpReply& reply);

}  // namespace stepd::linkedin
