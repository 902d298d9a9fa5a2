#pragma once

#include <string>
#include <string_view>

namespace stepd::ctl {

/// How `after` differs from `before`, line by line, as hunks of the unified format with three lines of context (GNU
/// diffutils manual, "Detailed Description of Unified Format"); empty if they are equal. As few lines as possible
/// differ (Myers, "An O(ND) Difference Algorithm", 1986), unless thousands do.
std::string unifiedDiff(std::string_view before, std::string_view after);

}  // namespace stepd::ctl
