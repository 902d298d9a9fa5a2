#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/net_grant.h"

namespace stepd {

/// An outbound HTTP request, as a step asks for it through `ctx.http()`.
struct FetchRequest {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Duration timeout = 20s;  ///< the whole exchange, redirects included
    Duration connectTimeout = 5s;
    std::int32_t maxRedirects = 5;          ///< 0: a redirect is an answer like any other
    std::uint64_t maxBodyBytes = 8U << 20;  ///< after decompression
    bool truncateBody = false;              ///< at the limit: cut and say so, instead of failing
    std::shared_ptr<const NetScope> scope;  ///< the hosts that it and its redirects may reach; null: any
};

/// What went wrong below HTTP, or was refused. An HTTP status of any number is no failure.
enum class FetchFailure : std::int32_t {
    None = 0,
    InvalidUrl,
    HostNotGranted,     ///< the plugin may not reach this host
    AddressNotAllowed,  ///< the guard refused the name, an address or a port (hardening R34, R35)
    DnsNotFound,        ///< the name does not exist
    DnsFailed,
    ConnectFailed,
    TlsInvalid,
    Timeout,
    TooManyRedirects,
    RedirectLoop,
    BadRedirect,
    BodyTooLarge,
    DecompressionBomb,
    BadAnswer,  ///< not HTTP, cut short, too many headers
    Cancelled,
};

/// `address_not_allowed`
const char* toString(FetchFailure failure);

struct FetchResponse {
    FetchFailure failure = FetchFailure::None;
    std::string message;  ///< one sentence when failed; holds no secret, query values are masked
    std::int32_t status = 0;
    std::string finalUrl;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in order
    std::string body;                                          ///< decoded
    bool truncated = false;
    std::vector<std::string> redirects;  ///< each URL that answered with a redirect
    Duration elapsed{};
};

}  // namespace stepd
