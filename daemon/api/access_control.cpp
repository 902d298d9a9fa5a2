#include "api/access_control.h"

#include "api/events.h"
#include "base/sha256.h"

namespace stepd::api {
namespace {

using http::Access;
using http::Status;

/// Time does not depend on where the two differ.
bool equalHashes(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

std::string_view bearerOf(const http::Request& request) {
    constexpr std::string_view kScheme = "Bearer ";  // in any case, RFC 9110 section 11.1
    const auto header = request.header("Authorization").value_or("");
    const bool bearer =
        header.size() > kScheme.size() && http::equalsIgnoringCase(header.substr(0, kScheme.size()), kScheme);
    return bearer ? header.substr(kScheme.size()) : std::string_view();
}

bool isInngestIngest(const http::Request& request) {
    return request.route == kInngestIngest;
}

}  // namespace

std::optional<std::string> AccessControl::holderOf(std::string_view key, Access access) const {
    if (key.empty()) return std::nullopt;
    const std::string hash = sha256Hex(key);
    if (equalHashes(hash, operatorKey_.sha256)) return operatorKey_.name;
    if (access != Access::EventKey) return std::nullopt;
    std::optional<std::string> holder;
    for (const auto& known : eventKeys_)
        if (equalHashes(hash, known.sha256)) holder = known.name;
    return holder;
}

std::optional<http::Response> AccessControl::check(http::Request& request, Access access) const {
    if (access == Access::Open) return std::nullopt;
    const bool inPath = isInngestIngest(request);
    const auto holder = holderOf(inPath ? std::string_view(request.param("key")) : bearerOf(request), access);
    if (holder) {
        request.principal = *holder;
        return std::nullopt;
    }
    if (inPath) return http::json(Status::Unauthorized, R"({"status":401,"message":"","error":"Event key not found"})");
    const char* needed = access == Access::EventKey ? "an event key" : "the operator's key";
    return http::problem(Status::Unauthorized,
                         std::string("This route needs ") + needed + " in the header `Authorization: Bearer KEY`.")
        .with("WWW-Authenticate", "Bearer");
}

}  // namespace stepd::api
