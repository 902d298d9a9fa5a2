#include "linkedin_collector/derived.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "url/unicode.h"

namespace stepd::linkedin {
namespace {

using Words = std::vector<std::string>;

bool isDigit(char32_t c) {
    return c >= U'0' && c <= U'9';
}
bool isSeparator(char32_t c) {
    return c == U',' || c == U'.' || c == U' ' || c == 0xA0 || c == 0x202F || c == U'\'' || c == 0x2019;
}
bool isLetter(char32_t c) {
    return (c | 0x20U) >= U'a' && (c | 0x20U) <= U'z';
}

double factorOf(char32_t suffix) {
    switch (suffix | 0x20U) {
        case U'k': return 1e3;
        case U'm': return 1e6;
        case U'b': return 1e9;
        default: return 0;
    }
}

/// How many digits stand from `at` on.
std::size_t digitsAt(const std::u32string& text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && isDigit(text[end])) ++end;
    return end - at;
}

bool has(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

template <class... Names>
bool hasAny(const Words& words, Names... names) {
    return (has(words, names) || ...);
}

/// True if `word` stands somewhere without any of `before` in front of it.
bool hasWithout(const Words& words, std::string_view word, std::initializer_list<std::string_view> before) {
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == word && (i == 0 || std::find(before.begin(), before.end(), words[i - 1]) == before.end()))
            return true;
    return false;
}

bool hasPair(const Words& words, std::string_view first, std::string_view second) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
        if (words[i] == first && words[i + 1] == second) return true;
    return false;
}

}  // namespace

std::optional<std::int64_t> parseCount(std::string_view text) {
    const std::u32string points = url::codePoints(text);
    std::size_t at = static_cast<std::size_t>(std::find_if(points.begin(), points.end(), isDigit) - points.begin());
    if (at == points.size()) return {};
    double value = 0;
    double fraction = 0;
    const auto take = [&](std::size_t count) {
        for (; count > 0; --count, ++at) value = value * 10 + static_cast<double>(points[at] - U'0');
    };
    take(digitsAt(points, at));
    while (at + 1 < points.size() && isSeparator(points[at]) && digitsAt(points, at + 1) == 3) ++at, take(3);
    const auto factorAt = [&](std::size_t i) {
        return i < points.size() && (i + 1 == points.size() || !isLetter(points[i + 1])) ? factorOf(points[i]) : 0.0;
    };
    if (at < points.size() && (points[at] == U'.' || points[at] == U',')) {
        const std::size_t digits = digitsAt(points, at + 1);
        if (digits > 0 && factorAt(at + 1 + digits) > 0) {
            for (std::size_t i = at + digits; i > at; --i)
                fraction = (fraction + static_cast<double>(points[i] - U'0')) / 10;
            at += 1 + digits;
        }
    }
    const double factor = factorAt(at);
    const double count = std::round((value + fraction) * (factor > 0 ? factor : 1));
    return count < 9e15 ? std::optional(static_cast<std::int64_t>(count)) : std::nullopt;
}

std::string seniorityOf(std::string_view title) {
    Words words = url::foldedWords(title);
    // `Assistant to the CEO` says whom somebody works for.
    words.erase(std::find(words.begin(), words.end(), "to"), words.end());
    const bool owner = hasWithout(
        words, "owner",
        {"product", "process", "service", "data", "platform", "project", "application", "system", "feature", "risk"});
    if (owner || hasAny(words, "founder", "cofounder", "ceo", "cto", "cfo", "coo", "chief") ||
        hasWithout(words, "president", {"vice"}))
        return "c_level";
    if (hasAny(words, "vp", "svp", "evp") || hasPair(words, "vice", "president")) return "vp";
    if (has(words, "director")) return "director";
    if (hasPair(words, "head", "of")) return "head";
    if (has(words, "manager")) return "manager";
    if (hasAny(words, "lead", "principal", "staff")) return "lead";
    if (hasAny(words, "senior", "sr")) return "senior";
    if (hasAny(words, "intern", "trainee", "junior")) return "entry";
    return "individual";
}

const std::vector<std::string>& defaultPresentWords() {
    static const std::vector<std::string> words = {
        "present",    "current", "currently",   "now",      "today", "heute",       "aktuell", "aujourd'hui",
        "actualidad", "actual",  "actualmente", "presente", "oggi",  "attualmente", "heden",   "nu",
        "idag",       "obecnie", "現在",        "现在",     "至今",  "현재"};
    return words;
}

bool shareAWord(std::string_view name, std::string_view otherName) {
    const Words words = url::foldedWords(name);
    const Words others = url::foldedWords(otherName);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return has(others, word); });
}

}  // namespace stepd::linkedin
