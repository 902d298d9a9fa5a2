#pragma once

#include "base/clock.h"

namespace stepd {

/// The machine's clocks. Stateless and thread-safe.
class SystemClock final : public Clock {
public:
    Timestamp now() const override;
    Instant instant() const override;
};

}  // namespace stepd
