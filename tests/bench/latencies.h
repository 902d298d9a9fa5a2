#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace stepd::bench {

/// How long things took. Keeps every sample, so quantiles are exact. One thread at a time.
class Latencies {
public:
    void add(Duration took) { samples_.push_back(took.count()); }
    std::size_t count() const { return samples_.size(); }
    /// The sample that the share `q` (0..1) of all does not exceed, in milliseconds; 0 without samples.
    double millis(double q);

private:
    std::vector<std::int64_t> samples_;
};

}  // namespace stepd::bench
