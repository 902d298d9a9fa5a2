#pragma once

#include <cstddef>
#include <string_view>

#include "http/response.h"

namespace stepd::http {

/// Why a connection or a request was turned away by the transport.
enum class Refusal {
    Grammar,         ///< 400: not strict HTTP/1.1 (hardening R25)
    LineTooLong,     ///< 414
    HeaderTooLarge,  ///< 431
    BodyTooLarge,    ///< 413
    Method,          ///< 501: a method that nobody serves, TRACE, CONNECT
    Expectation,     ///< 417
    NotFound,        ///< 404 by the table of routes
    NotAllowed,      ///< 405 by the table of routes
    Unauthorized,    ///< by the authorizer
    Shed,            ///< by the admission callback
    NoRoom,          ///< 503: all connections together receive too much at once
    SlowHeader,      ///< 408
    SlowBody,        ///< 408
    SlowReader,      ///< closed: the client did not read its answer
    TooMany,         ///< 503: connections in all
    TooManyOfOne,    ///< 503: connections of one address
};
constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::TooManyOfOne) + 1;

/// Short stable word for a label: `body_too_large`.
const char* toString(Refusal refusal);
/// The status that such a refusal is answered with.
Status statusOf(Refusal refusal);

/// A refusal with one sentence for the client; the sentence is a literal, so that nothing of the request is echoed.
struct Refused {
    Refusal reason = Refusal::Grammar;
    std::string_view detail = {};
};

}  // namespace stepd::http
