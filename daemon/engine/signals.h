#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/active_run.h"

namespace stepd::engine {

/// The signals of those who wait for an event: `event:NAME`, or `event:NAME?PATH=VALUE` for those of which the value at
/// PATH is known, so that an event finds the one it is meant for among a hundred thousand. NAME may be a pattern. The
/// family is what stands before `=`.
namespace signals {

std::string forEvent(std::string_view name, std::string_view correlation);
std::string_view familyOf(std::string_view signal);
std::string_view nameOf(std::string_view family);
std::string_view pathOf(std::string_view family);  ///< empty: no correlation

/// The signal of that family which the event raises; absent: it has no value there.
std::optional<std::string> raisedBy(const ActiveEvent& event, std::string_view family);

/// Of the pipeline's `cancel_on`, one for each entry, for a run of that event.
std::vector<std::string> ofCancelOn(const pipeline::Pipeline& pipeline, const ActiveEvent& event);

}  // namespace signals
}  // namespace stepd::engine
