#include "http/codec.h"

// The one place that includes Beast: it compiles slowly.
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

namespace stepd::http {
namespace {

using BeastText = boost::beast::string_view;
using BeastError = boost::beast::error_code;

std::string_view viewOf(BeastText text) {
    return {text.data(), text.size()};
}

}  // namespace

class Codec::Parser final : public boost::beast::http::basic_parser<true> {
public:
    Parser(Head& head, Headers& headers) : head_(&head), headers_(&headers) {
        // The filters hold the limits; these must not be the lower ones.
        header_limit(1U << 30);
        body_limit(std::numeric_limits<std::uint64_t>::max());  // in 1.74 `none` refuses every Content-Length
        eager(true);
    }
    void decodeInto(std::string& body) { body_ = &body; }

private:
    void on_request_impl(boost::beast::http::verb, BeastText method, BeastText target, int, BeastError&) override {
        head_->method = viewOf(method);
        head_->target = viewOf(target);
    }
    void on_response_impl(int, BeastText, int, BeastError&) override {}
    void on_field_impl(boost::beast::http::field, BeastText name, BeastText value, BeastError& error) override {
        // A trailer would arrive after the head was taken.
        if (headers_ == nullptr)
            error = boost::beast::http::error::bad_field;
        else
            headers_->add(viewOf(name), viewOf(value));
    }
    void on_header_impl(BeastError&) override {
        head_ = nullptr;
        headers_ = nullptr;
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, BeastError&) override {}
    std::size_t on_body_impl(BeastText bytes, BeastError&) override {
        body_->append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, BeastText, BeastError&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, BeastText bytes, BeastError&) override {
        body_->append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_finish_impl(BeastError&) override {}

    Head* head_;        // null once the header is complete
    Headers* headers_;  // null once the header is complete
    std::string* body_ = nullptr;
};

Codec::Codec() = default;
Codec::~Codec() = default;

bool Codec::readHead(std::string_view bytes, Head& head, Headers& headers) {
    parser_ = std::make_unique<Parser>(head, headers);
    BeastError error;
    const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error || used != bytes.size() || !parser_->is_header_done()) return false;
    head.keepAlive = parser_->keep_alive();
    return true;
}

std::size_t Codec::readBody(std::string_view bytes, std::string& body) {
    parser_->decodeInto(body);
    BeastError error;
    const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    return error && error != boost::beast::http::error::need_more ? 0 : used;
}

bool Codec::done() const {
    return parser_ && parser_->is_done();
}

}  // namespace stepd::http
