#pragma once

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepd/outcome.h>

namespace stepd {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// What one request may be told beside its URL.
struct HttpOptions {
    HttpHeaders headers = {};
    Duration timeout = std::chrono::seconds(20);  ///< the whole exchange, redirects included
    Duration connectTimeout = std::chrono::seconds(5);
    std::int32_t maxRedirects = 5;          ///< 0: a redirect is an answer like any other
    std::uint64_t maxBodyBytes = 8U << 20;  ///< after decompression
    bool truncateBody = false;              ///< at the limit: cut and say so, instead of failing
};

struct HttpRequest {
    std::string url;
    std::string method = "GET";
    std::string body = {};
    HttpOptions options = {};
};

/// An answer, or the reason why there is none.
struct HttpReply {
    /// Empty if there was an answer of any status. Else `invalid_url host_not_granted address_not_allowed
    /// dns_not_found dns_failed connect_failed tls_invalid timeout too_many_redirects redirect_loop bad_redirect
    /// body_too_large decompression_bomb bad_answer cancelled`, or `unavailable` where the host offers no HTTP.
    std::string failure = {};
    std::string message = {};  ///< one sentence when failed
    int status = 0;
    std::string finalUrl = {};
    HttpHeaders headers = {};
    std::string body = {};  ///< decoded
    bool truncated = false;
    std::vector<std::string> redirects = {};  ///< each URL that answered with a redirect
    Duration elapsed = {};

    bool failed() const { return !failure.empty(); }
    /// An answer with a status of 200 to 299.
    bool ok() const { return !failed() && status >= 200 && status < 300; }
    /// The first header of that name, whatever its case.
    std::optional<std::string> header(std::string_view name) const;
    /// `Retry-After` where it is a number of seconds (RFC 9110 section 10.2.3); absent for a date.
    std::optional<Duration> retryAfter() const;
};

/// The host's HTTP client: guarded against internal addresses, polite to each host, bounded in time and size. Use it
/// rather than sockets of your own: nothing guards those, and a sandbox that takes them away is not there yet.
/// Thread-safe; blocks until the answer, a time limit or a cancel.
class Http {
public:
    explicit Http(const stepd_ctx_v1* ctx) : ctx_(ctx) {}
    HttpReply fetch(const HttpRequest& request) const;
    /// All replies, in the order of the requests; at most `maxParallel` at once (0: as many as the host allows).
    std::vector<HttpReply> fetchAll(const std::vector<HttpRequest>& requests, std::uint32_t maxParallel = 0) const;
    HttpReply get(std::string url, HttpOptions options = {}) const;
    HttpReply post(std::string url, std::string body, HttpOptions options = {}) const;

private:
    const stepd_ctx_v1* ctx_;
};

inline std::optional<std::string> HttpReply::header(std::string_view name) const {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    for (const auto& [key, value] : headers)
        if (std::equal(key.begin(), key.end(), name.begin(), name.end(),
                       [&](char a, char b) { return lower(a) == lower(b); }))
            return value;
    return std::nullopt;
}

inline std::optional<Duration> HttpReply::retryAfter() const {
    const auto text = header("retry-after");
    if (!text || text->empty() || text->size() > 7) return std::nullopt;
    if (!std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    return std::chrono::seconds(std::stol(*text));
}

namespace detail {

inline HttpReply copyReply(const stepd_http_reply_v1& from) {
    HttpReply reply;
    reply.failure = view(from.failure);
    reply.message = view(from.message);
    reply.status = from.status;
    reply.finalUrl = view(from.final_url);
    for (std::uint64_t i = 0; i < from.header_count; ++i)
        reply.headers.emplace_back(view(from.headers[2 * i]), view(from.headers[2 * i + 1]));
    reply.body = view(from.body);
    reply.truncated = (from.flags & STEPD_HTTP_TRUNCATED) != 0;
    for (std::uint64_t i = 0; i < from.redirect_count; ++i) reply.redirects.emplace_back(view(from.redirects[i]));
    reply.elapsed = Duration(from.elapsed_ns);
    return reply;
}

/// A request in the shape of the ABI; borrows from `request`.
struct WireRequest {
    explicit WireRequest(const HttpRequest& request) {
        for (const auto& [name, value] : request.options.headers) {
            headers.push_back(borrow(name));
            headers.push_back(borrow(value));
        }
        const auto& options = request.options;
        wire = {.struct_size = sizeof(wire),
                .flags = options.truncateBody ? std::uint32_t{STEPD_HTTP_TRUNCATE_BODY} : 0U,
                .method = borrow(request.method),
                .url = borrow(request.url),
                .body = borrow(request.body),
                .headers = headers.data(),
                .header_count = headers.size() / 2,
                .timeout_ns = options.timeout.count(),
                .connect_timeout_ns = options.connectTimeout.count(),
                .max_body_bytes = options.maxBodyBytes,
                .max_redirects = options.maxRedirects,
                .reserved0 = 0};
    }
    std::vector<stepd_str> headers;
    stepd_http_request_v1 wire{};
};

}  // namespace detail

inline std::vector<HttpReply> Http::fetchAll(const std::vector<HttpRequest>& requests,
                                             std::uint32_t maxParallel) const {
    std::vector<detail::WireRequest> wires(requests.begin(), requests.end());
    std::vector<const stepd_http_request_v1*> pointers;
    for (const auto& wire : wires) pointers.push_back(&wire.wire);
    const auto* host = ctx_->host;
    const auto* replies = host->http_fetch == nullptr || requests.empty()
                              ? nullptr
                              : host->http_fetch(ctx_, pointers.data(), pointers.size(), maxParallel);
    std::vector<HttpReply> out;
    for (std::size_t i = 0; i < requests.size(); ++i)
        out.push_back(replies == nullptr
                          ? HttpReply{.failure = "unavailable", .message = "the host offers no HTTP here"}
                          : detail::copyReply(*replies[i]));
    if (replies != nullptr && host->http_release != nullptr) host->http_release(ctx_, replies);
    return out;
}

inline HttpReply Http::fetch(const HttpRequest& request) const {
    return std::move(fetchAll({request}, 1).front());
}

inline HttpReply Http::get(std::string url, HttpOptions options) const {
    return fetch({.url = std::move(url), .options = std::move(options)});
}

inline HttpReply Http::post(std::string url, std::string body, HttpOptions options) const {
    return fetch({.url = std::move(url), .method = "POST", .body = std::move(body), .options = std::move(options)});
}

}  // namespace stepd
