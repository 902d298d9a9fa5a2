#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "http/response.h"

namespace stepd::http {

/// What the transport knows about an answer beside the answer.
struct Delivery {
    std::string_view date;       ///< IMF-fixdate
    std::string_view requestId;  ///< left out if empty
    bool keepAlive = false;
    bool withBody = true;  ///< false for HEAD: Content-Length tells what GET would send
};

/// Appends the bytes of an answer (RFC 9112) to `out`. Connection, Content-Length, Transfer-Encoding, Date and Server
/// set by a handler are left out: how an answer is framed is decided here alone.
void appendResponse(std::string& out, const Response& response, const Delivery& delivery);

/// IMF-fixdate (RFC 9110 section 5.6.7): `Fri, 02 Jan 2026 03:00:00 GMT`.
std::string toHttpDate(Timestamp time);

}  // namespace stepd::http
