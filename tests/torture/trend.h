#pragma once

#include <string>
#include <vector>

namespace stepd::torture {

/// What of a series counts as growth.
struct Tolerance {
    double absolute = 0;
    double relative = 0;  ///< of the first third's median
};

/// The medians of the three thirds of a series, in the order of time.
struct Thirds {
    double first = 0;
    double middle = 0;
    double last = 0;

    static Thirds of(const std::vector<double>& series);
    /// From third to third, and by more than is tolerated from the first to the last. What falls, swings or settles
    /// does not grow.
    bool grow(Tolerance tolerance) const;
};

/// By how much `y` rises for each unit of `x`: least squares. 0 where `x` stands still.
double slope(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace stepd::torture
