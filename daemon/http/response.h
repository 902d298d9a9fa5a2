#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/headers.h"

namespace stepd::http {

/// Status codes of RFC 9110 section 15 and RFC 6585 that we send. Another number may be cast to it.
enum class Status : int {
    Ok = 200,
    Created = 201,
    Accepted = 202,
    NoContent = 204,
    MovedPermanently = 301,
    Found = 302,
    SeeOther = 303,
    NotModified = 304,
    BadRequest = 400,
    Unauthorized = 401,
    Forbidden = 403,
    NotFound = 404,
    MethodNotAllowed = 405,
    RequestTimeout = 408,
    Conflict = 409,
    Gone = 410,
    PayloadTooLarge = 413,
    UriTooLong = 414,
    UnsupportedMediaType = 415,
    ExpectationFailed = 417,
    UnprocessableContent = 422,
    TooManyRequests = 429,
    HeaderTooLarge = 431,
    InternalServerError = 500,
    NotImplemented = 501,
    BadGateway = 502,
    ServiceUnavailable = 503,
    GatewayTimeout = 504,
    InsufficientStorage = 507,
};

/// `Not Found`; `Unknown` for a number that is not listed above.
const char* reasonPhrase(Status status);

/// An answer as handlers make it. Connection, Content-Length, Date, Server and X-Request-Id are the transport's: it
/// adds them, and drops the body where HTTP has none (HEAD, 204, 304). Plain data with value semantics.
struct Response {
    Status status = Status::Ok;
    Headers headers;
    std::string body;

    /// Adds a field and gives back the response, so that one can be made in one expression.
    Response&& with(std::string_view name, std::string_view value) &&;
    /// `Retry-After` in whole seconds, rounded up, at least 1 (RFC 9110 section 10.2.3).
    Response&& retryAfter(std::chrono::nanoseconds wait) &&;
};

/// `body` is one JSON document, sent as it is.
Response json(Status status, std::string body);
/// `text/plain; charset=utf-8`.
Response text(Status status, std::string body);
/// Only a status line and headers.
Response empty(Status status);

/// A problem document (RFC 9457). Texts are escaped here; `members` are extension members whose values are JSON text.
struct Problem {
    Status status = Status::InternalServerError;
    std::string detail;  ///< one sentence for this occurrence; left out if empty
    std::string type = "about:blank";
    std::string title = {};                                         ///< the reason phrase if empty
    std::vector<std::pair<std::string, std::string>> members = {};  ///< name, JSON value: {"errors", "[...]"}
};
/// `application/problem+json`.
Response problem(const Problem& problem);
Response problem(Status status, std::string_view detail);

}  // namespace stepd::http
