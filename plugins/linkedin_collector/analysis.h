#pragma once

#include <stepd/step.h>

#include <string>
#include <vector>

#include "kit/timestamp.h"

namespace stepd::linkedin {

/// What stands between the mapped fields and `analysis`.
struct AnalysisOptions {
    kit::WallTime now;
    const std::vector<std::string>& presentWords;
};

/// `analysis` of the output, from mapped fields. Missing texts are `""`, missing numbers null. Odd dates are added to
/// `warnings` as `{"code", "message"}`.
Json analyse(const Json& mapped, const AnalysisOptions& options, Json& warnings);

}  // namespace stepd::linkedin
