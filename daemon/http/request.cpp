#include "http/request.h"

#include <array>

#include "base/error.h"
#include "http/grammar.h"

namespace stepd::http {
namespace {

constexpr std::array<const char*, kMethods> kMethodNames = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

}  // namespace

const char* toString(Method method) {
    return kMethodNames[static_cast<std::size_t>(method)];
}

std::optional<Method> parseMethod(std::string_view token) {
    for (std::size_t i = 0; i < kMethodNames.size(); ++i)
        if (token == kMethodNames[i]) return static_cast<Method>(i);
    return std::nullopt;
}

const std::string& Request::param(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (key == name) return value;
    throw Error(ErrorCode::InvalidArgument, "route " + route + " has no parameter {" + std::string(name) + "}");
}

std::optional<std::string_view> Request::queryValue(std::string_view key) const {
    for (const auto& [name, value] : query)
        if (name == key) return value;
    return std::nullopt;
}

bool isPlainId(std::string_view text) {
    return !text.empty() && text.size() <= 128 && kPlainIdBytes.hasAll(text);
}

}  // namespace stepd::http
