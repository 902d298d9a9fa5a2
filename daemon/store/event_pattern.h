#pragma once

#include <string_view>

namespace stepd::store {

/// True if `name` is `pattern`, in which `*` stands for any run of characters, also an empty one. Linear in the name
/// for each star.
inline bool matchesPattern(std::string_view pattern, std::string_view name) {
    auto star = pattern.find('*');
    if (star == std::string_view::npos) return name == pattern;
    if (!name.starts_with(pattern.substr(0, star))) return false;
    name.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    // Between two stars a piece may go where it first fits: that leaves the most for the rest.
    for (star = pattern.find('*'); star != std::string_view::npos; star = pattern.find('*')) {
        const auto fit = name.find(pattern.substr(0, star));
        if (fit == std::string_view::npos) return false;
        name.remove_prefix(fit + star);
        pattern.remove_prefix(star + 1);
    }
    return name.ends_with(pattern);
}

}  // namespace stepd::store
