#include "http/body_filter.h"

#include <algorithm>

#include "http/grammar.h"

namespace stepd::http {

BodyFilter::BodyFilter(const Framing& framing, std::size_t limit)
    : chunked_(framing.kind == Framing::Kind::Chunked), room_(limit) {
    if (chunked_) return;
    announce(framing.length);
    if (state_ == State::More && left_ == 0) state_ = State::Complete;
}

std::size_t BodyFilter::approve(std::string_view fresh) {
    if (state_ != State::More) return 0;
    if (chunked_) return approveChunks(fresh);
    const std::uint64_t taken = std::min<std::uint64_t>(left_, fresh.size());
    left_ -= taken;
    if (left_ == 0) state_ = State::Complete;
    return taken;
}

std::size_t BodyFilter::approveChunks(std::string_view fresh) {
    std::size_t at = 0;
    while (at < fresh.size() && state_ == State::More) {
        if (step_ == Step::Data) {
            const std::uint64_t taken = std::min<std::uint64_t>(left_, fresh.size() - at);
            left_ -= taken;
            at += taken;
            pending_ = 0;
            if (left_ == 0) step_ = Step::DataCr;
        } else {
            stepByte(fresh[at++]);
            ++pending_;
        }
    }
    if (state_ == State::Complete) pending_ = 0;
    return state_ == State::Refused ? 0 : at;
}

void BodyFilter::stepByte(char c) {
    switch (step_) {
        case Step::Size: return stepSize(c);
        case Step::SizeLf:
            expect(c, '\n', size_ == 0 ? Step::LastCr : Step::Data);
            if (state_ == State::More) announce(size_);
            return;
        case Step::DataCr: return expect(c, '\r', Step::DataLf);
        case Step::DataLf:
            expect(c, '\n', Step::Size);
            size_ = digits_ = 0;
            return;
        case Step::LastCr: return expect(c, '\r', Step::LastLf);
        case Step::LastLf:
            expect(c, '\n', Step::LastLf);
            if (state_ == State::More) state_ = State::Complete;
            return;
        case Step::Data: return;  // taken in bulk
    }
}

void BodyFilter::stepSize(char c) {
    constexpr unsigned kMostDigits = 8;
    const int digit = hexDigit(c);
    if (digit >= 0 && digits_ < kMostDigits) {
        size_ = size_ * 16 + static_cast<unsigned>(digit);
        ++digits_;
    } else if (c == '\r' && digits_ > 0) {
        step_ = Step::SizeLf;
    } else {
        refuse(Refusal::Grammar, "A chunk size is not one to eight hex digits.");
    }
}

void BodyFilter::expect(char c, char wanted, Step next) {
    if (c == wanted)
        step_ = next;
    else
        refuse(Refusal::Grammar, "A chunk does not end as it should; trailers are not accepted.");
}

void BodyFilter::announce(std::uint64_t size) {
    if (size > room_) return refuse(Refusal::BodyTooLarge, "The body is larger than this route accepts.");
    room_ -= size;
    left_ = size;
}

void BodyFilter::refuse(Refusal reason, std::string_view detail) {
    state_ = State::Refused;
    refused_ = {reason, detail};
}

}  // namespace stepd::http
