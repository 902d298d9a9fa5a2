#pragma once

#include <string>
#include <utility>
#include <vector>

namespace stepd::bench {

/// A line of a plot: points by growing x.
struct Series {
    std::string name;
    std::vector<std::pair<double, double>> points;
};

/// One picture over a logarithmic x axis; y begins at 0.
struct Plot {
    std::string title;
    std::string xLabel;
    std::string yLabel;
    std::vector<Series> series;
};

/// The plots one below the other as an SVG file. Throws Error if it cannot be written.
void writeSvg(const std::string& file, const std::vector<Plot>& plots);

}  // namespace stepd::bench
