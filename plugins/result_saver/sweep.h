#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "kit/timestamp.h"

namespace stepd::result_saver {

/// When the run of a result file began, by its name: `analysis_ID_20260102_030405.json`, or with `_2` and so on before
/// the dot. Absent for every other name.
std::optional<kit::WallTime> timeOfName(std::string_view name);

/// How many files were removed.
struct Swept {
    int temporaries = 0;
    int results = 0;
};

/// Removes what a crashed attempt left (temporary files of more than an hour) and, where `retention` is not zero,
/// results that are older by the time in their names. Never follows a link; what cannot be removed stays. `directory`
/// is a descriptor.
Swept sweep(int directory, kit::WallTime now, std::chrono::days retention);

}  // namespace stepd::result_saver
