#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "store/readers.h"

namespace stepd::api {

/// Reads what names runs: `pipeline`, `state` (one, or several with commas), `since`, `until` (RFC 3339, or how long
/// ago, such as `2h`; of a run's creation) and `event` (an id). `valueOf` gives the text of a key, where there is one.
/// The reason is a sentence for the client.
Result<store::RunFilter, std::string> readRunFilter(
    const std::function<std::optional<std::string>(std::string_view)>& valueOf, Timestamp now);

/// How many there are; absent if they are too many to be counted in the time of a read.
std::optional<std::size_t> countRuns(store::Readers& readers, const store::RunFilter& filter);

}  // namespace stepd::api
