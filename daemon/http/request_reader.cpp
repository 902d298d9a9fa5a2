#include "http/request_reader.h"

#include "http/target.h"

namespace stepd::http {

std::size_t RequestReader::read(std::string_view input) {
    if (state_ == State::Head) return readHead(input);
    if (state_ == State::Body) return readBody(input);
    return 0;
}

std::size_t RequestReader::readHead(std::string_view input) {
    const HeadFilter::State scanned = headFilter_->scan(input);
    if (scanned == HeadFilter::State::More) return 0;
    if (scanned == HeadFilter::State::Refused) {
        refuse(headFilter_->refused());
        return 0;
    }
    constexpr std::size_t kUsualFields = 16;
    const std::string_view bytes = input.substr(0, headFilter_->length());
    Codec::Head head;
    request_.headers.reserve(bytes.size(), kUsualFields);
    if (!codec_.readHead(bytes, head, request_.headers)) {
        refuse({Refusal::Grammar, "The header is malformed."});
        return 0;
    }
    if (!understand(head)) return 0;
    keepAlive_ = head.keepAlive;
    state_ = State::HeadDone;
    return bytes.size();
}

bool RequestReader::understand(const Codec::Head& head) {
    const std::optional<Method> method = parseMethod(head.method);
    if (!method) return refuse({Refusal::Method, "The method is not implemented."}), false;
    request_.method = *method;
    request_.target = head.target;
    if (request_.target == "*") return true;
    const std::string_view path = request_.path();
    const std::string_view query =
        std::string_view(request_.target).substr(std::min(path.size() + 1, request_.target.size()));
    if (!splitPath(path, request_.segments)) return refuse({Refusal::Grammar, "The path is malformed."}), false;
    if (!splitQuery(query, request_.query)) return refuse({Refusal::Grammar, "The query is malformed."}), false;
    const auto expected = request_.header("Expect");
    if (expected && !equalsIgnoringCase(*expected, "100-continue"))
        return refuse({Refusal::Expectation, "Only 100-continue can be expected."}), false;
    return true;
}

void RequestReader::acceptBody(std::size_t limit) {
    bodyFilter_.emplace(headFilter_->framing(), limit);
    if (bodyFilter_->state() == BodyFilter::State::Refused) return refuse(bodyFilter_->refused());
    state_ = bodyFilter_->state() == BodyFilter::State::Complete ? State::Done : State::Body;
    if (state_ == State::Done && !codec_.done()) refuse({Refusal::Grammar, "The end of the request is not clear."});
}

std::size_t RequestReader::readBody(std::string_view input) {
    approved_ += bodyFilter_->approve(input.substr(approved_));
    if (bodyFilter_->state() == BodyFilter::State::Refused) {
        refuse(bodyFilter_->refused());
        return 0;
    }
    // Beast asserts on a last chunk that comes in pieces (1.74, `n >= 5`), so framing goes to it whole or not at all.
    const std::size_t settled = approved_ - bodyFilter_->pending();
    if (settled == 0) return 0;
    const std::size_t used = codec_.readBody(input.substr(0, settled), request_.body);
    const bool complete = bodyFilter_->state() == BodyFilter::State::Complete;
    if (used != settled || complete != codec_.done()) {
        refuse({Refusal::Grammar, "The body is malformed."});
        return 0;
    }
    approved_ -= used;
    if (complete) state_ = State::Done;
    return used;
}

Request RequestReader::take() {
    Request out = std::move(request_);
    request_ = Request();
    headFilter_.emplace(limits_);
    bodyFilter_.reset();
    approved_ = 0;
    state_ = State::Head;
    return out;
}

void RequestReader::refuse(Refused refused) {
    state_ = State::Refused;
    refused_ = refused;
}

}  // namespace stepd::http
