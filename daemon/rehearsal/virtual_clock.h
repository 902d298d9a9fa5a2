#pragma once

#include "base/clock.h"

namespace stepd::rehearsal {

/// Time that moves only when the test says so. Wall and monotonic time move together, but for `jumpWall`. One thread.
class VirtualClock final : public Clock {
public:
    Timestamp now() const override { return wall_; }
    Instant instant() const override { return monotonic_; }
    void advance(Duration by) {
        wall_ += std::chrono::floor<std::chrono::microseconds>(by);
        monotonic_ += by;
    }
    /// The operator sets the clock; monotonic time does not notice.
    void jumpWall(Duration by) { wall_ += std::chrono::floor<std::chrono::microseconds>(by); }

private:
    Timestamp wall_ = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + 3h);
    Instant monotonic_ = Instant(1000s);
};

}  // namespace stepd::rehearsal
