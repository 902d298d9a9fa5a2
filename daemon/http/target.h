#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace stepd::http {

/// The segments of a path such as `/a/b%20c` (`{"a", "b c"}`) into `out`. False for a bad percent escape, a `/`, NUL or
/// other control character behind one, invalid UTF-8, and the segments `.` and `..`, escaped or not: no two readers of
/// a path may come to different routes.
bool splitPath(std::string_view path, std::vector<std::string>& out);

/// The pairs of a query such as `a=1&b=%20+`, `+` being a space (WHATWG URL, "application/x-www-form-urlencoded
/// parsing"). False for a bad percent escape, NUL or invalid UTF-8.
bool splitQuery(std::string_view query, Request::Pairs& out);

}  // namespace stepd::http
