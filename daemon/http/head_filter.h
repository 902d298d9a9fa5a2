#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/limits.h"
#include "http/refusal.h"

namespace stepd::http {

/// How far the body of a request reaches (RFC 9112 section 6).
struct Framing {
    enum class Kind { None, Length, Chunked };
    Kind kind = Kind::None;
    std::uint64_t length = 0;  ///< bytes, for Length
};

/// Looks at the raw bytes of a request's header before any parser does, and lets only one reading of them pass
/// (hardening R25): CRLF alone ends a line, no folding, no blank before a colon, no control bytes, exactly one Host, a
/// body framed by one decimal Content-Length or by exactly `Transfer-Encoding: chunked`. Each byte is looked at once
/// however the header arrives. One request; one thread at a time.
class HeadFilter {
public:
    enum class State { More, Complete, Refused };

    explicit HeadFilter(const Limits& limits) : limits_(limits) {}

    /// `input` begins with the first byte of the request, and holds at least what it held at the last call.
    State scan(std::string_view input);

    /// Bytes of the header with its empty line, once Complete.
    std::size_t length() const { return at_; }
    const Framing& framing() const { return framing_; }
    bool http10() const { return http10_; }
    const Refused& refused() const { return refused_; }

private:
    bool endLine(std::string_view line);
    bool checkRequestLine(std::string_view line);
    bool checkField(std::string_view line);
    bool checkValue(std::string_view name, std::string_view value);
    bool checkContentLength(std::string_view value);
    bool checkTransferEncoding(std::string_view value);
    bool checkEnd();
    bool withinLimits();
    bool refuse(Refusal reason, std::string_view detail);

    const Limits& limits_;
    std::size_t at_ = 0;         // the first byte not looked at
    std::size_t lineStart_ = 0;  // the first byte of the line that holds it
    std::size_t lines_ = 0;
    unsigned hosts_ = 0;
    bool sawLength_ = false;
    bool sawEncoding_ = false;
    bool http10_ = false;
    State state_ = State::More;
    Framing framing_;
    Refused refused_;
};

}  // namespace stepd::http
