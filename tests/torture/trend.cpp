#include "torture/trend.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace stepd::torture {
namespace {

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Thirds Thirds::of(const std::vector<double>& series) {
    const auto third = static_cast<std::ptrdiff_t>(series.size() / 3);
    const auto begin = series.begin();
    return {.first = median({begin, begin + third}),
            .middle = median({begin + third, begin + 2 * third}),
            .last = median({begin + 2 * third, series.end()})};
}

bool Thirds::grow(Tolerance tolerance) const {
    return middle >= first && last > middle && last > first * (1 + tolerance.relative) + tolerance.absolute;
}

double slope(const std::vector<double>& x, const std::vector<double>& y) {
    if (x.empty()) return 0;
    const double meanX = mean(x);
    const double meanY = mean(y);
    double both = 0;
    double square = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        both += (x[i] - meanX) * (y[i] - meanY);
        square += (x[i] - meanX) * (x[i] - meanX);
    }
    return square == 0 ? 0 : both / square;
}

}  // namespace stepd::torture
