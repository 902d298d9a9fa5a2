#include "http/response.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace stepd::http {
namespace {

struct Phrase {
    Status status;
    const char* text;
};

// clang-format off
constexpr Phrase kPhrases[] = {
    {Status::Ok, "OK"}, {Status::Created, "Created"}, {Status::Accepted, "Accepted"}, {Status::NoContent, "No Content"},
    {Status::MovedPermanently, "Moved Permanently"}, {Status::Found, "Found"}, {Status::SeeOther, "See Other"},
    {Status::NotModified, "Not Modified"}, {Status::BadRequest, "Bad Request"}, {Status::Unauthorized, "Unauthorized"},
    {Status::Forbidden, "Forbidden"}, {Status::NotFound, "Not Found"}, {Status::MethodNotAllowed, "Method Not Allowed"},
    {Status::RequestTimeout, "Request Timeout"}, {Status::Conflict, "Conflict"}, {Status::Gone, "Gone"},
    {Status::PayloadTooLarge, "Content Too Large"}, {Status::UriTooLong, "URI Too Long"},
    {Status::UnsupportedMediaType, "Unsupported Media Type"}, {Status::ExpectationFailed, "Expectation Failed"},
    {Status::UnprocessableContent, "Unprocessable Content"}, {Status::TooManyRequests, "Too Many Requests"},
    {Status::HeaderTooLarge, "Request Header Fields Too Large"}, {Status::InternalServerError, "Internal Server Error"},
    {Status::NotImplemented, "Not Implemented"}, {Status::BadGateway, "Bad Gateway"},
    {Status::ServiceUnavailable, "Service Unavailable"}, {Status::GatewayTimeout, "Gateway Timeout"},
    {Status::InsufficientStorage, "Insufficient Storage"},
};
// clang-format on

Response withBody(Status status, std::string_view type, std::string body) {
    Response response{.status = status, .headers = {}, .body = std::move(body)};
    response.headers.add("Content-Type", type);
    return response;
}

}  // namespace

const char* reasonPhrase(Status status) {
    for (const Phrase& phrase : kPhrases)
        if (phrase.status == status) return phrase.text;
    return "Unknown";
}

Response&& Response::with(std::string_view name, std::string_view value) && {
    headers.add(name, value);
    return std::move(*this);
}

Response&& Response::retryAfter(std::chrono::nanoseconds wait) && {
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
    headers.add("Retry-After", std::to_string(seconds));
    return std::move(*this);
}

Response json(Status status, std::string body) {
    return withBody(status, "application/json", std::move(body));
}

Response text(Status status, std::string body) {
    return withBody(status, "text/plain; charset=utf-8", std::move(body));
}

Response empty(Status status) {
    return {.status = status, .headers = {}, .body = {}};
}

Response problem(const Problem& problem) {
    std::string body = R"({"type":)";
    appendJsonString(body, problem.type);
    body += R"(,"title":)";
    appendJsonString(body, problem.title.empty() ? reasonPhrase(problem.status) : std::string_view(problem.title));
    body += R"(,"status":)" + std::to_string(static_cast<int>(problem.status));
    if (!problem.detail.empty()) {
        body += R"(,"detail":)";
        appendJsonString(body, problem.detail);
    }
    for (const auto& [name, value] : problem.members) {
        body += ',';
        appendJsonString(body, name);
        (body += ':') += value;
    }
    body += '}';
    return withBody(problem.status, "application/problem+json", std::move(body));
}

Response problem(Status status, std::string_view detail) {
    return problem(Problem{.status = status, .detail = std::string(detail)});
}

}  // namespace stepd::http
