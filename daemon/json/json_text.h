#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stepd::json {

/// Hardening R28.
struct Limits {
    std::size_t depth = 64;
    std::size_t nodes = 100'000;
};

enum class Kind { Object, Array, String, Number, True, False, Null };

struct Problem {
    std::string message;  ///< one sentence
};

struct Checked {
    std::optional<Kind> kind;  ///< of the document; absent if it is refused
    Problem problem;
};

/// Checks that `text` is one JSON document (RFC 8259, UTF-8) within the limits. Blocks on nothing; thread-safe.
Checked check(std::string_view text, const Limits& limits = {});

/// The bytes of the value at `path` (object keys; a decimal number selects an array's item), exactly as they stand in
/// `text`; the last of equal keys wins nothing: the first is taken. Absent if there is no such value. `text` has passed
/// `check`; the view points into it.
std::optional<std::string_view> rawAt(std::string_view text, std::span<const std::string> path);

/// The fields of an object or the items of an array, in order, each value as its bytes; absent if `text` is neither as
/// asked. `text` has passed `check`; the views point into it.
std::optional<std::vector<std::pair<std::string, std::string_view>>> fieldsOf(std::string_view text);
std::optional<std::vector<std::string_view>> itemsOf(std::string_view text);

/// The unescaped text of a JSON string token such as `"a\u00e9"`; absent if `raw` is no string.
std::optional<std::string> stringOf(std::string_view raw);

}  // namespace stepd::json
