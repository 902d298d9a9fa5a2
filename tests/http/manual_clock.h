#pragma once

#include <atomic>

#include "base/clock.h"

namespace stepd::http::test {

/// Time that moves only when the test says so, and that the server's thread may read meanwhile.
class ManualClock final : public Clock {
public:
    Timestamp now() const override { return fromMicros(wallMicros_.load()); }
    Instant instant() const override { return Instant(Duration(nanos_.load())); }
    void advance(Duration by) {
        wallMicros_ += std::chrono::floor<std::chrono::microseconds>(by).count();
        nanos_ += by.count();
    }

private:
    std::atomic<std::int64_t> wallMicros_ = 1'767'322'800'000'000;  // 2026-01-02T03:00:00Z
    std::atomic<std::int64_t> nanos_ = 1'000'000'000'000;
};

}  // namespace stepd::http::test
