#include "http/response_writer.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace stepd::http {
namespace {

void appendNumber(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void appendField(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

bool isTransport(std::string_view name) {
    for (const std::string_view own :
         {"Connection", "Content-Length", "Transfer-Encoding", "Date", "Server", "X-Request-Id"})
        if (equalsIgnoringCase(name, own)) return true;
    return false;
}

bool hasNoContent(Status status) {
    return static_cast<int>(status) < 200 || status == Status::NoContent || status == Status::NotModified;
}

}  // namespace

void appendResponse(std::string& out, const Response& response, const Delivery& delivery) {
    constexpr std::size_t kUsualHead = 320;
    out.reserve(out.size() + kUsualHead + response.body.size());
    out += "HTTP/1.1 ";
    appendNumber(out, static_cast<std::size_t>(response.status));
    (out += ' ').append(reasonPhrase(response.status)).append("\r\nServer: stepd\r\nDate: ").append(delivery.date) +=
        "\r\n";
    if (!delivery.requestId.empty()) appendField(out, "X-Request-Id", delivery.requestId);
    for (std::size_t i = 0; i < response.headers.size(); ++i) {
        const Headers::Field field = response.headers.at(i);
        if (!isTransport(field.name)) appendField(out, field.name, field.value);
    }
    const bool content = !hasNoContent(response.status);
    if (content) {
        out += "Content-Length: ";
        appendNumber(out, response.body.size());
        out += "\r\n";
    }
    out += delivery.keepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    if (content && delivery.withBody) out += response.body;
}

std::string toHttpDate(Timestamp time) {
    static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 40> out{};
    const int length = std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                     kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                     static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                     static_cast<int>(clock.seconds().count()));
    return {out.data(), static_cast<std::size_t>(length)};
}

}  // namespace stepd::http
