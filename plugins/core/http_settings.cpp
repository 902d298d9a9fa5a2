#include "core/http_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "kit/option_reader.h"

namespace stepd::core {
namespace {

using kit::OptionReader;
using namespace std::chrono_literals;

bool isToken(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

bool hasControl(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

std::optional<int> parseNumber(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string readUrl(OptionReader& reader) {
    std::string url = reader.text("url", "");
    // The options of stepd.yaml alone have none: a step's `with` brings it.
    if (!url.empty() && ((!url.starts_with("https://") && !url.starts_with("http://")) || hasControl(url)))
        reader.complain("url", "must begin with https:// or http://");
    return url;
}

HttpHeaders readHeaders(OptionReader& reader) {
    HttpHeaders headers;
    const Json* given = reader.find("headers");
    if (given == nullptr) return headers;
    if (!given->is_object()) return reader.complain("headers", "must be a map of names to texts"), headers;
    for (const auto& [name, value] : given->items()) {
        if (!isToken(name))
            reader.complain("headers", "has a name that no header may have");
        else if (!value.is_string() || hasControl(value.get_ref<const std::string&>()))
            reader.complain("headers/" + name, "must be a text of one line");
        else
            headers.emplace_back(name, value.get<std::string>());
    }
    return headers;
}

bool has(const HttpHeaders& headers, std::string_view name) {
    return HttpReply{.headers = headers}.header(name).has_value();
}

std::string readBody(OptionReader& reader, HttpHeaders& headers) {
    const Json* json = reader.find("json");
    const Json* text = reader.find("body");
    if (json != nullptr && text != nullptr) reader.complain("body", "and json exclude each other");
    if (json != nullptr) {
        if (!has(headers, "content-type")) headers.emplace_back("Content-Type", "application/json");
        return detail::dump(*json);
    }
    std::string body = reader.text("body", "");
    if (!body.empty() && !has(headers, "content-type"))
        headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    return body;
}

/// `200` or `200-299`.
std::optional<std::pair<int, int>> parseStatuses(const Json& item) {
    std::optional<int> from;
    std::optional<int> to;
    if (item.is_number_integer()) {
        from = to = item.get<int>();
    } else if (item.is_string()) {
        const std::string_view text = item.get_ref<const std::string&>();
        const std::size_t dash = text.find('-');
        from = parseNumber(text.substr(0, dash));
        to = dash == std::string_view::npos ? from : parseNumber(text.substr(dash + 1));
    }
    if (!from || !to || *from < 100 || *to > 599 || *from > *to) return std::nullopt;
    return std::pair(*from, *to);
}

std::vector<std::pair<int, int>> readExpected(OptionReader& reader) {
    const Json* given = reader.find("expect");
    if (given == nullptr) return {{200, 299}};
    std::vector<std::pair<int, int>> expected;
    const Json list = given->is_array() ? *given : Json::array({*given});
    for (const Json& item : list) {
        if (const auto statuses = parseStatuses(item)) expected.push_back(*statuses);
    }
    if (expected.empty() || expected.size() != list.size())
        reader.complain("expect", "must be a list of statuses such as 200 or 200-299");
    return expected;
}

Duration readTimeout(OptionReader& reader) {
    const auto timeout = parseDuration(reader.text("timeout", "20s"));
    if (timeout && *timeout >= 1ms && *timeout <= 1h) return *timeout;
    return reader.complain("timeout", "must be 1ms to 1h, with its unit: 20s"), 20s;
}

}  // namespace

std::optional<Duration> parseDuration(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, Duration>, 5> kUnits = {
        {{"ms", 1ms}, {"s", 1s}, {"m", 1min}, {"h", 1h}, {"d", 24h}}};
    constexpr Duration kLongest = 24h * 365;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parseNumber(text.substr(0, digits));
    for (const auto& [unit, length] : kUnits)
        if (number && text.substr(digits) == unit && *number <= kLongest / length) return length * *number;
    return std::nullopt;
}

HttpSettings::HttpSettings(const Json& options) {
    OptionReader reader(options);
    request.url = readUrl(reader);
    request.options.headers = readHeaders(reader);
    request.body = readBody(reader, request.options.headers);
    const std::string usual = reader.find("json") != nullptr || reader.find("body") != nullptr ? "POST" : "GET";
    request.method = reader.oneOf("method", usual, {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"});
    request.options.timeout = readTimeout(reader);
    request.options.connectTimeout = std::min<Duration>(request.options.connectTimeout, request.options.timeout);
    expected = readExpected(reader);
    // Who expects a redirect wants to see it.
    if (std::any_of(expected.begin(), expected.end(),
                    [](auto range) { return range.first <= 399 && range.second >= 300; }))
        request.options.maxRedirects = 0;
    reader.finish();
}

bool HttpSettings::expects(int status) const {
    return std::any_of(expected.begin(), expected.end(),
                       [&](auto range) { return range.first <= status && status <= range.second; });
}

}  // namespace stepd::core
