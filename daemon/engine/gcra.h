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

/// At most `limit` in a period, `burst` + 1 of them at once (inngest-protocol.md section 7, "Rate limit", where `burst`
/// is a tenth of the limit): so 10 per hour admits 2 at once, then one every 6 minutes. A limit of 0 counts as 1.
GcraRule rateLimitRule(std::uint32_t limit, Duration period, std::uint32_t burst);

/// `limit` + `burst` starts at once after an idle time, then one per period / limit (ibid., "Throttle").
GcraRule throttleRule(std::uint32_t limit, Duration period, std::uint32_t burst);

/// The remembered moment is the theoretical arrival time of the next. Pure.
struct Gcra {
    /// The earliest moment at which one may pass.
    static Timestamp opens(const GcraRule& rule, Timestamp theoretical);
    /// The moment to remember when one passes at `now`. A moment further ahead than the rule can ever bring about (the
    /// wall clock was set back) is cut to what it can.
    static Timestamp passed(const GcraRule& rule, Timestamp theoretical, Timestamp now);
    /// The remembered moment as far as it can be true at `now`; cut as in `passed`. Ask `opens` with this.
    static Timestamp credible(const GcraRule& rule, Timestamp theoretical, Timestamp now);
};

}  // namespace stepd::engine
