#include "host/runtime/http_batch.h"

#include <algorithm>
#include <cstring>

namespace stepd::host {
namespace {

stepd_str borrow(const std::string& text) {
    return {text.data(), text.size()};
}
std::string copy(stepd_str text) {
    return text.ptr == nullptr ? std::string() : std::string(text.ptr, text.len);
}

}  // namespace

FetchRequest copyRequest(const stepd_http_request_v1& from) {
    stepd_http_request_v1 wire{};
    std::memcpy(&wire, &from, std::min<std::size_t>(from.struct_size, sizeof wire));
    FetchRequest request;
    request.method = copy(wire.method);
    request.url = copy(wire.url);
    request.body = copy(wire.body);
    request.timeout = Duration(wire.timeout_ns);
    request.connectTimeout = Duration(wire.connect_timeout_ns);
    request.maxRedirects = wire.max_redirects;
    request.maxBodyBytes = wire.max_body_bytes;
    request.truncateBody = (wire.flags & STEPD_HTTP_TRUNCATE_BODY) != 0;
    for (std::uint64_t i = 0; i < wire.header_count; ++i)
        request.headers.emplace_back(copy(wire.headers[2 * i]), copy(wire.headers[2 * i + 1]));
    return request;
}

void HttpBatch::put(HttpReplyMessage reply) {
    if (reply.index >= replies_.size() || replies_[reply.index]) return;
    const auto index = reply.index;
    replies_[index] = std::move(reply);
    --missing_;
}

void HttpBatch::fillWith(std::string_view failure, std::string_view message) {
    for (std::uint32_t i = 0; i < replies_.size(); ++i) {
        HttpReplyMessage reply;
        reply.index = i;
        reply.failure = failure;
        reply.message = message;
        put(std::move(reply));
    }
}

const stepd_http_reply_v1* const* HttpBatch::replies() {
    texts_.reserve(2 * replies_.size());
    wires_.reserve(replies_.size());
    for (const auto& reply : replies_) {
        auto& headers = texts_.emplace_back();
        for (const auto& [name, value] : reply->headers) headers.insert(headers.end(), {borrow(name), borrow(value)});
        auto& redirects = texts_.emplace_back();
        for (const auto& url : reply->redirects) redirects.push_back(borrow(url));
        wires_.push_back({.struct_size = sizeof(stepd_http_reply_v1),
                          .flags = reply->truncated ? std::uint32_t{STEPD_HTTP_TRUNCATED} : 0U,
                          .failure = borrow(reply->failure),
                          .message = borrow(reply->message),
                          .final_url = borrow(reply->finalUrl),
                          .body = borrow(reply->body),
                          .headers = headers.data(),
                          .header_count = headers.size() / 2,
                          .redirects = redirects.data(),
                          .redirect_count = redirects.size(),
                          .elapsed_ns = reply->elapsedNs,
                          .status = reply->status,
                          .reserved0 = 0});
        pointers_.push_back(&wires_.back());
    }
    return pointers_.data();
}

}  // namespace stepd::host
