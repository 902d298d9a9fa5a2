#pragma once

#include <string>
#include <string_view>

namespace stepd::engine {

/// A lane of flow control is `FAMILY` or `FAMILY[KEY]`. The family is the same for all revisions of a pipeline, so a
/// limit that an operator changes holds for the runs that wait already:
///
///   PIPELINE:concurrency, PIPELINE:concurrency.2, PIPELINE:NAME    slots; a second unnamed entry is numbered
///   global:NAME                                                    slots of scope global
///   PIPELINE/STEP:concurrency                                      slots of one step
///   PIPELINE:throttle                                              rate
///   limiter:NAME                                                   slots and rate of `stepd.yaml`
///   PIPELINE:rate_limit, PIPELINE:singleton                        decided when the event comes; nobody stands in
///   line.
///                                                                  Of several that hold a singleton, all but the
///                                                                  newest are being cancelled
///   collect:PIPELINE:debounce, collect:PIPELINE:batch              held by the run that collects
namespace lanes {

std::string name(std::string_view family, std::string_view key);
std::string_view familyOf(std::string_view lane);
std::string_view keyOf(std::string_view lane);  ///< empty: it has none

}  // namespace lanes
}  // namespace stepd::engine
