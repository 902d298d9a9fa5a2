#pragma once

#include "base/time.h"

namespace stepd {

/// Where time comes from. The engine and all that measures time takes one, so that a test can hand it a virtual clock.
/// Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    /// Wall time: may jump in both directions.
    virtual Timestamp now() const = 0;
    /// Monotonic time: never goes back.
    virtual Instant instant() const = 0;
};

}  // namespace stepd
