#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "website_analyzer/page_class.h"

namespace stepd::website {

/// The class that a whole path segment, subdomain or link text names, in English, German, French, Spanish and a few
/// more languages: case, accents and `-`, `_`, space alike do not matter. `siteLabel` makes `about-acme` and
/// `life-at-acme` match on acme's own site. Absent for any other word: `aboutique` names nothing.
std::optional<PageClass> classOfSegment(std::string_view segment, std::string_view siteLabel);

/// `de`, `de-de` or `zh-hans`, lower case with `-`, if the segment is a locale; empty if not.
std::string localeOf(std::string_view segment);

}  // namespace stepd::website
