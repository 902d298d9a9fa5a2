#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

#include <stepd/abi.h>

namespace stepd {

/// The JSON type of plugin authors. Objects keep the order of their keys, so a plugin that writes files or bodies
/// decides how they read; the price is a lookup that walks the keys.
using Json = nlohmann::ordered_json;

namespace detail {

inline stepd_str borrow(std::string_view text) {
    return {text.data(), text.size()};
}
inline std::string_view view(stepd_str text) {
    return text.ptr == nullptr ? std::string_view() : std::string_view(text.ptr, text.len);
}
/// Never throws on foreign bytes: invalid UTF-8 becomes U+FFFD.
inline std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace detail
}  // namespace stepd
