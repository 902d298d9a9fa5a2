#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::linkedin {

/// The number in `1,234 followers`, `500+ connections`, `1.2K`, `10.842.560`; absent if there is no digit.
std::optional<std::int64_t> parseCount(std::string_view text);

/// `c_level vp director head manager lead senior entry individual`, by whole words of a job title.
std::string seniorityOf(std::string_view title);

/// Words that say "still there" in place of an end date, as people write them.
const std::vector<std::string>& defaultPresentWords();

/// True if the two names have a word in common, case and accents aside.
bool shareAWord(std::string_view name, std::string_view otherName);

}  // namespace stepd::linkedin
