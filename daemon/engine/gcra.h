#pragma once

#include <cstdint>

#include "base/time.h"

namespace stepd::engine {

/// So many in a period, smoothly, and `burst` more at once after an idle time. The generic cell rate algorithm (ITU-T
/// I.371, "virtual scheduling"): one moment is all that has to be remembered.
struct GcraRule {
    Duration interval{};         ///< period / limit: one every so often
    std::uint32_t capacity = 1;  ///< that many at once after an idle time, at least 1
};

/// The remembered moment is the theoretical arrival time of the next. Pure.
struct Gcra {
    /// The earliest moment at which one may pass.
    static Timestamp opens(const GcraRule& rule, Timestamp theoretical);
    /// The moment to remember when one passes at `now`. A moment further ahead than the rule can ever bring about (the
    /// wall clock was set back) is cut to what it can.
    static Timestamp passed(const GcraRule& rule, Timestamp theoretical, Timestamp now);
};

}  // namespace stepd::engine
