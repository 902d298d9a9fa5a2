#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace stepd {

enum class Backoff { None, Constant, Linear, Exponential };
enum class OnExhausted { Fail, Pause, Continue };

/// How a step is tried again, complete: inherited fields are filled in. `pipelines.md`, "retry".
struct RetryPolicy {
    std::int32_t attempts = 4;  ///< every try counts, the first included
    Backoff backoff = Backoff::Exponential;
    Duration initial = 1s;
    double factor = 2.0;
    Duration max = 1min;
    double jitter = 1.0;              ///< share of the delay that is drawn at random: none 0, full 1, equal 0.5
    std::optional<Duration> budget;   ///< no new attempt this long after the start of the first
    std::vector<std::string> only;    ///< classes or codes; empty: the classes that are retried by default
    std::vector<std::string> except;  ///< classes or codes; wins over `only`
    bool respectRetryAfter = true;
    OnExhausted onExhausted = OnExhausted::Fail;
};

}  // namespace stepd
