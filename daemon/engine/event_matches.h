#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph.h"

namespace stepd::engine {

/// Whether `later` is the event that the step at `place` waits for.
Result<bool, StepError> matchesWait(const Graph& graph, const ActiveRun& run, std::size_t place,
                                    const ActiveEvent& later);
/// Whether `later` cancels the run by `cancel_on[entry]`.
Result<bool, StepError> matchesCancel(const Graph& graph, const ActiveRun& run, std::size_t entry,
                                      const ActiveEvent& later);

/// `?PATH=VALUE`, what the signals of a wait and of an event have in common if `async.PATH` equals the value: the path
/// with dots, the value as text. Values that CEL holds for equal give one text; the reverse does not hold, so the
/// condition is asked still. Absent if the value is a list, a map or the like: then nobody is found by it.
std::optional<std::string> correlationText(const std::vector<std::string>& path, const cel::Value& value);
/// The same for an event that comes: with what it has at `path`. Absent also if it has nothing there.
std::optional<std::string> correlationOf(const ActiveEvent& event, const std::vector<std::string>& path);

}  // namespace stepd::engine
