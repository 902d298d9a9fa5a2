#include "latencies.h"

#include <algorithm>
#include <cmath>

namespace stepd::bench {

double Latencies::millis(double q) {
    if (samples_.empty()) return 0;
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(samples_.size())));
    const auto at =
        samples_.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, samples_.size()) - 1);
    std::nth_element(samples_.begin(), at, samples_.end());
    return static_cast<double>(*at) / 1e6;
}

}  // namespace stepd::bench
