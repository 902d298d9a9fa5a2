#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/body_filter.h"
#include "http/codec.h"
#include "http/head_filter.h"
#include "http/request.h"

namespace stepd::http {

/// Turns the bytes of a connection into requests, one at a time: filters first, then the codec, and both must agree
/// about each request's end. It stops behind the header, so that its owner decides about the request before the body is
/// read. One thread at a time.
class RequestReader {
public:
    enum class State {
        Head,      ///< more bytes of the header are needed
        HeadDone,  ///< `request()` is there without its body: say `acceptBody`
        Body,      ///< more bytes of the body are needed
        Done,      ///< `take()` the request
        Refused,   ///< `refused()` tells why; the connection's further bytes have no meaning any more
    };

    explicit RequestReader(const Limits& limits) : limits_(limits), headFilter_(std::in_place, limits) {}

    /// Reads what it can and gives how many bytes are used up; the others are given again, with more behind them.
    std::size_t read(std::string_view input);

    /// In HeadDone: goes on with a body of at most `limit` bytes; Refused if a larger one is announced.
    void acceptBody(std::size_t limit);

    /// In Done: the request; the reader is ready for the next one.
    Request take();

    /// Gives back the memory of a request that will not become whole. Nothing is read any more.
    void drop() { request_ = Request(); }

    State state() const { return state_; }
    Request& request() { return request_; }
    const Refused& refused() const { return refused_; }
    /// The client wants the connection kept; known from HeadDone on.
    bool keepAlive() const { return keepAlive_; }
    /// The client waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1); known from HeadDone on.
    bool expectsContinue() const { return !headFilter_->http10() && request_.header("Expect").has_value(); }

private:
    std::size_t readHead(std::string_view input);
    std::size_t readBody(std::string_view input);
    bool understand(const Codec::Head& head);
    void refuse(Refused refused);

    const Limits& limits_;
    State state_ = State::Head;
    std::optional<HeadFilter> headFilter_;
    std::optional<BodyFilter> bodyFilter_;
    Codec codec_;
    std::size_t approved_ =
        0;  // bytes at the front of the input that the body filter let pass and the codec did not use yet
    bool keepAlive_ = false;
    Request request_;
    Refused refused_;
};

}  // namespace stepd::http
