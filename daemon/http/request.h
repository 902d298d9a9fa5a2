#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/headers.h"

namespace stepd::http {

/// The methods that routes can have. Anything else, TRACE and CONNECT among it, is refused before a Request exists.
enum class Method { Get, Head, Post, Put, Patch, Delete, Options };
constexpr std::size_t kMethods = static_cast<std::size_t>(Method::Options) + 1;

/// The token of the request line: `GET`.
const char* toString(Method method);
/// Absent for a method we do not serve. Methods are case-sensitive (RFC 9110 section 9.1).
std::optional<Method> parseMethod(std::string_view token);

/// One complete request: its grammar is checked (hardening R25), its body is whole and within the route's limit.
/// Plain data with value semantics; whoever holds it owns it, so a handler may move it to another thread.
struct Request {
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    Method method = Method::Get;
    std::string target;                 ///< as sent, origin form: `/runs/7?limit=2`
    std::vector<std::string> segments;  ///< of the path, percent-decoded; `/` has one, which is empty
    Pairs query;                        ///< decoded, in order; a key without `=` has an empty value
    Headers headers;
    std::string body;           ///< as sent, chunks joined; never decoded further
    std::string remoteAddress;  ///< of the connection, without port: `192.0.2.1`, `2001:db8::1`
    std::string id;             ///< a fresh ULID, or the client's X-Request-Id if it matches `[A-Za-z0-9._-]{1,128}`
    std::string route;          ///< pattern of the route that matched: `/runs/{id}`; a bounded set, fit for metrics
    Pairs parameters;           ///< the segments that stand at `{name}` in the pattern
    std::string principal;      ///< who asks, as the authorizer found it; empty if it named nobody

    /// The path as sent, without query. Mask it before logging: event keys stand in it (hardening R31).
    std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
    /// The segment at `{name}` of the route's pattern; never empty. Throws Error{InvalidArgument} if the pattern has no
    /// such name: that is a mistake in our table of routes, not in the request.
    const std::string& param(std::string_view name) const;
    /// The first value of a query key; absent if the key is not there.
    std::optional<std::string_view> queryValue(std::string_view key) const;
    /// The first value of a field, its name in any case.
    std::optional<std::string_view> header(std::string_view name) const { return headers.find(name); }
};

/// `[A-Za-z0-9._-]{1,128}`: ids from outside that may stand in logs and answers.
bool isPlainId(std::string_view text);

}  // namespace stepd::http
