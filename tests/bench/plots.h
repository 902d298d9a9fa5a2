#pragma once

#include <string>
#include <vector>

#include "report.h"

namespace stepd::bench {

/// Draws what is a curve among the figures: `runs.svg` (throughput, latency and CPU over runs in flight) and `grow.svg`
/// (the same over stored runs), each only if there are figures for it. Gives the names of the files that it wrote.
std::vector<std::string> drawFigures(const std::vector<Figures>& figures, const std::string& directory);

}  // namespace stepd::bench
