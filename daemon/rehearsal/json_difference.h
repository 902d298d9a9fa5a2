#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepd::rehearsal {

enum class Match {
    Subset,  ///< an object may have more keys than are expected, at any depth; lists are equally long
    Exact,
};

/// One line for each place where `actual` is not as `expected`, both JSON texts: `PATH.total: expected 3, was 2`.
/// Numbers are equal by value, the order of keys does not matter. An empty `actual` is `null`, as
/// expressions see it.
std::vector<std::string> jsonDifferences(std::string_view expected, std::string_view actual, const std::string& path,
                                         Match match);

}  // namespace stepd::rehearsal
