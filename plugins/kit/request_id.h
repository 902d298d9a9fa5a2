#pragma once

#include <algorithm>
#include <string_view>

namespace stepd::kit {

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`: safe as part of a file name.
inline bool isRequestId(std::string_view text) {
    const auto alnum = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 128 && alnum(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return alnum(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace stepd::kit
