#include "website_analyzer/robots.h"

#include <algorithm>
#include <charconv>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxBytes = 500U << 10;

int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool isUnreserved(char c) {
    return isAsciiAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void appendEscaped(std::string& out, unsigned char byte) {
    constexpr char kHex[] = "0123456789ABCDEF";
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
}

/// The form both sides are compared in (RFC 9309 section 2.2.2): unreserved characters decoded, every other escape in
/// upper case, bytes outside ASCII escaped.
std::string normalised(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool escape =
            byte == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0;
        if (escape) {
            const int value = hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]);
            if (isUnreserved(static_cast<char>(value)))
                out += static_cast<char>(value);
            else
                appendEscaped(out, static_cast<unsigned char>(value));
            i += 2;
        } else if (byte <= 0x20 || byte >= 0x7F) {
            appendEscaped(out, byte);
        } else {
            out += static_cast<char>(byte);
        }
    }
    return out;
}

std::string_view nextLine(std::string_view& rest) {
    const std::size_t end = rest.find_first_of("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

std::optional<std::chrono::milliseconds> parseSeconds(std::string_view text) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end == text.data() || !(seconds >= 0) || seconds > 86400) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

/// A token is the leading run of letters, `-` and `_`: "Bot/1.0" names the group "Bot" (RFC 9309 section 2.2.1).
std::string_view tokenOf(std::string_view value) {
    if (value.starts_with('*')) return value.substr(0, 1);
    std::size_t end = 0;
    while (end < value.size() && (isAsciiAlnum(value[end]) || value[end] == '-' || value[end] == '_')) ++end;
    return value.substr(0, end);
}

}  // namespace

/// What the groups of one token say together.
struct Robots::Group {
    bool found = false;
    std::vector<Rule> rules;
    std::optional<std::chrono::milliseconds> crawlDelay;

    void add(std::string_view key, std::string_view value) {
        if (equalsIgnoringCase(key, "crawl-delay")) {
            if (const auto delay = parseSeconds(value)) crawlDelay = std::max(crawlDelay.value_or(*delay), *delay);
            return;
        }
        if (!value.empty()) rules.push_back(makeRule(value, equalsIgnoringCase(key, "allow")));
    }
};

bool Robots::Rule::matches(std::string_view target) const {
    if (!target.starts_with(pieces.front())) return false;
    std::size_t pos = pieces.front().size();
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        const bool last = i + 1 == pieces.size();
        if (last && anchoredAtEnd) return target.size() - pos >= pieces[i].size() && target.ends_with(pieces[i]);
        const std::size_t found = target.find(pieces[i], pos);
        if (found == std::string_view::npos) return false;
        pos = found + pieces[i].size();
    }
    return !anchoredAtEnd || pos == target.size();
}

Robots::Rule Robots::makeRule(std::string_view pattern, bool allow) {
    Rule rule;
    rule.allow = allow;
    if (pattern.ends_with('$')) {
        rule.anchoredAtEnd = true;
        pattern.remove_suffix(1);
    }
    rule.length = rule.anchoredAtEnd ? 1 : 0;
    for (;;) {
        const std::size_t star = pattern.find('*');
        rule.pieces.push_back(normalised(pattern.substr(0, star)));
        rule.length += rule.pieces.back().size();
        if (star == std::string_view::npos) return rule;
        ++rule.length;
        pattern.remove_prefix(std::min(pattern.find_first_not_of('*', star), pattern.size()));
    }
}

Robots Robots::parse(std::string_view text, std::string_view productToken) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text = text.substr(0, kMaxBytes);

    Robots robots;
    Group ours;
    Group everyone;
    bool namesUs = false;
    bool namesEveryone = false;
    bool readingAgents = false;
    while (!text.empty()) {
        std::string_view line = nextLine(text);
        line = trimmed(line.substr(0, line.find('#')));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view key = trimmed(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1));

        if (equalsIgnoringCase(key, "user-agent")) {
            if (!readingAgents) namesUs = namesEveryone = false;
            readingAgents = true;
            namesUs = namesUs || equalsIgnoringCase(tokenOf(value), productToken);
            namesEveryone = namesEveryone || tokenOf(value) == "*";
            ours.found = ours.found || namesUs;
        } else if (equalsIgnoringCase(key, "sitemap")) {
            if (!value.empty()) robots.sitemaps_.emplace_back(value);
        } else if (equalsIgnoringCase(key, "allow") || equalsIgnoringCase(key, "disallow") ||
                   equalsIgnoringCase(key, "crawl-delay")) {
            readingAgents = false;
            if (namesUs) ours.add(key, value);
            if (namesEveryone) everyone.add(key, value);
        }
    }

    Group& group = ours.found ? ours : everyone;
    robots.rules_ = std::move(group.rules);
    robots.crawlDelay_ = group.crawlDelay;
    std::stable_sort(robots.rules_.begin(), robots.rules_.end(), [](const Rule& a, const Rule& b) {
        return a.length != b.length ? a.length > b.length : a.allow && !b.allow;
    });
    return robots;
}

Robots Robots::disallowAll() {
    Robots robots;
    robots.rules_.push_back(makeRule("/", false));
    return robots;
}

bool Robots::allows(std::string_view target) const {
    if (target == "/robots.txt") return true;
    const std::string path = normalised(target.empty() ? "/" : target);
    for (const Rule& rule : rules_)
        if (rule.matches(path)) return rule.allow;
    return true;
}

}  // namespace stepd::website
