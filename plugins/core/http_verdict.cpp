#include "core/http_verdict.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>

namespace stepd::core {
namespace {

using std::chrono::system_clock;
using namespace std::chrono_literals;

/// So much of an answer that is a failure is kept for people.
constexpr std::size_t kExcerpt = 1024;

/// `POST api.example.org`: paths and queries may hold what is nobody's business.
std::string nameOf(const HttpRequest& request) {
    std::string_view host = request.url;
    host.remove_prefix(std::min(host.find("://") + 3, host.size()));
    host = host.substr(0, host.find_first_of("/?#"));
    if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
    return request.method + " " + std::string(host);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

bool saysJson(const HttpReply& reply) {
    std::string type = lower(reply.header("content-type").value_or(""));
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

/// Names in lower case; a header that comes several times is one list (RFC 9110 section 5.3).
Json headersOf(const HttpReply& reply) {
    Json headers = Json::object();
    for (const auto& [name, value] : reply.headers) {
        Json& entry = headers[lower(name)];
        entry = entry.is_null() ? value : entry.get<std::string>() + ", " + value;
    }
    return headers;
}

Outcome success(const std::string& name, const HttpReply& reply) {
    Json body = reply.body;
    if (saysJson(reply)) {
        body = reply.body.empty() ? Json() : Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
        if (body.is_discarded()) return upstream("bad_json", name + " answered with JSON that is none");
    }
    return done({{"status", reply.status}, {"headers", headersOf(reply)}, {"body", std::move(body)}});
}

Outcome failure(const std::string& name, const HttpReply& reply) {
    if (reply.failure == "cancelled") return cancelled();
    const std::string sentence = name + " had no answer: " + reply.message;
    if (reply.failure == "timeout") return timeout("timeout", sentence);
    if (reply.failure == "bad_answer") return upstream("bad_answer", sentence);
    if (reply.failure == "dns_failed" || reply.failure == "connect_failed") return transient(reply.failure, sentence);
    return permanent(reply.failure, sentence);
}

Class classOf(int status) {
    switch (status) {
        case 401:
        case 403:
        case 407: return Class::Unauthorized;
        case 404:
        case 410: return Class::NotFound;
        case 408: return Class::Timeout;
        case 409: return Class::Conflict;
        case 425: return Class::Transient;
        case 429: return Class::RateLimited;
        default: return status >= 500 ? Class::Upstream : Class::Permanent;
    }
}

bool mayPass(Class outcome) {
    return outcome == Class::Timeout || outcome == Class::Transient || outcome == Class::RateLimited ||
           outcome == Class::Upstream;
}

std::optional<system_clock::time_point> parseHttpDate(const std::string& text) {
    std::tm date{};
    std::istringstream in(text);
    in.imbue(std::locale::classic());
    in >> std::get_time(&date, "%a, %d %b %Y %H:%M:%S GMT");
    if (in.fail()) return std::nullopt;
    return system_clock::from_time_t(::timegm(&date));
}

}  // namespace

std::optional<Duration> askedWait(const HttpReply& reply, system_clock::time_point now) {
    std::optional<Duration> wait = reply.retryAfter();
    if (!wait) {
        const auto date = parseHttpDate(reply.header("retry-after").value_or(""));
        if (!date) return std::nullopt;
        wait = *date - now;
    }
    return std::clamp<Duration>(*wait, 0s, 24h);
}

Outcome verdictOf(const HttpSettings& settings, const HttpReply& reply, system_clock::time_point now) {
    const std::string name = nameOf(settings.request);
    if (reply.failed()) return failure(name, reply);
    if (settings.expects(reply.status)) return success(name, reply);
    const Class outcome = classOf(reply.status);
    const std::string status = std::to_string(reply.status);
    return Outcome(outcome, "http_" + status, name + " answered " + status)
        .retryAfter(mayPass(outcome) ? askedWait(reply, now) : std::nullopt)
        .details({{"status", reply.status}, {"body", reply.body.substr(0, kExcerpt)}});
}

}  // namespace stepd::core
