#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head_filter.h"

namespace stepd::http {

/// Looks at the raw bytes of a request's body before any parser does and finds its end. Chunk sizes are one to eight
/// plain hex digits directly before CRLF: no sign, no blank, no extension; trailers are refused (hardening R25). One
/// request; one thread at a time.
class BodyFilter {
public:
    enum class State { More, Complete, Refused };

    /// `limit` is of the decoded body, in bytes; what is announced beyond it is refused before it arrives.
    BodyFilter(const Framing& framing, std::size_t limit);

    /// Approves the next bytes of the connection. Gives how many of them belong to this request, from the front; with
    /// state Complete, what follows them is the next request's. Nothing after a refusal is approved.
    std::size_t approve(std::string_view fresh);

    State state() const { return state_; }
    /// How many of the approved bytes, at their end, are framing that is not complete yet: a chunk's size line before
    /// its first data, or a part of the last chunk.
    std::size_t pending() const { return pending_; }
    const Refused& refused() const { return refused_; }

private:
    enum class Step { Size, SizeLf, Data, DataCr, DataLf, LastCr, LastLf };

    std::size_t approveChunks(std::string_view fresh);
    void stepByte(char c);
    void stepSize(char c);
    void expect(char c, char wanted, Step next);
    void announce(std::uint64_t size);
    void refuse(Refusal reason, std::string_view detail);

    const bool chunked_;
    State state_ = State::More;
    Step step_ = Step::Size;
    std::uint64_t left_ = 0;  // of the body, or of the chunk
    std::uint64_t room_;      // of the limit
    std::uint64_t size_ = 0;
    unsigned digits_ = 0;
    std::size_t pending_ = 0;
    Refused refused_;
};

}  // namespace stepd::http
