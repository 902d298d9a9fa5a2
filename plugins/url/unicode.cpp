#include "url/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace stepd::url {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Reads the code point at `at` and moves `at` behind it; negative for an invalid sequence.
UChar32 next(std::string_view text, std::size_t& at) {
    auto index = static_cast<std::int64_t>(at);
    UChar32 c = 0;
    U8_NEXT(text.data(), index, static_cast<std::int64_t>(text.size()), c);
    at = static_cast<std::size_t>(index);
    return c;
}

void append(std::string& out, char32_t c) {
    char buffer[U8_MAX_LENGTH];
    std::int32_t size = 0;
    UBool failed = false;
    U8_APPEND(buffer, size, U8_MAX_LENGTH, static_cast<UChar32>(c), failed);
    if (failed) return append(out, kReplacement);
    out.append(buffer, static_cast<std::size_t>(size));
}

template <class Drop>
std::string_view trimmed(std::string_view text, Drop drop) {
    std::size_t first = text.size();
    std::size_t last = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        const UChar32 c = next(text, at);
        if (c >= 0 && drop(static_cast<char32_t>(c))) continue;
        first = std::min(first, start);
        last = at;
    }
    return first < last ? text.substr(first, last - first) : std::string_view{};
}

icu::UnicodeString toIcu(std::string_view text) {
    return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string fromIcu(const icu::UnicodeString& text) {
    std::string out;
    text.toUTF8String(out);
    return out;
}

/// Letters that no decomposition splits, but that people write without their stroke.
std::string_view withoutStroke(char32_t c) {
    switch (c) {
        case 0xE6: return "ae";
        case 0xF0: return "d";
        case 0xF8: return "o";
        case 0xFE: return "th";
        case 0x111: return "d";
        case 0x131: return "i";
        case 0x142: return "l";
        case 0x153: return "oe";
        default: return {};
    }
}

}  // namespace

std::u32string codePoints(std::string_view text) {
    std::u32string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const UChar32 c = next(text, at);
        out += c < 0 ? kReplacement : static_cast<char32_t>(c);
    }
    return out;
}

std::string utf8(std::u32string_view codePoints) {
    std::string out;
    out.reserve(codePoints.size());
    for (const char32_t c : codePoints) append(out, c);
    return out;
}

bool isUtf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();)
        if (next(text, at) < 0) return false;
    return true;
}

std::string cleanUtf8(std::string_view text) {
    return isUtf8(text) ? std::string(text) : utf8(codePoints(text));
}

std::size_t length(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) next(text, at);
    return count;
}

std::string_view firstCodePoints(std::string_view text, std::size_t most) {
    std::size_t at = 0;
    for (std::size_t count = 0; at < text.size() && count < most; ++count) next(text, at);
    return text.substr(0, at);
}

bool isSpace(char32_t c) {
    return u_isUWhiteSpace(static_cast<UChar32>(c));
}
bool isControl(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0);
}
bool isUnassigned(char32_t c) {
    return u_charType(static_cast<UChar32>(c)) == U_UNASSIGNED;
}

bool isInvisible(char32_t c) {
    return c == 0x61C || c == 0x180E || c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2064) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

std::string_view trimSpaces(std::string_view text) {
    return trimmed(text, isSpace);
}

std::string_view trim(std::string_view text) {
    return trimmed(text,
                   [](char32_t c) { return isSpace(c) || isInvisible(c) || c == 0 || c == 0x200C || c == 0x200D; });
}

std::string collapseSpaces(std::string_view text) {
    std::u32string out;
    for (const char32_t c : codePoints(trimSpaces(text))) {
        if (!isSpace(c))
            out += c;
        else if (out.back() != U' ')
            out += U' ';
    }
    return utf8(out);
}

std::string toNfc(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
    if (U_FAILURE(status)) return std::string(text);
    const icu::UnicodeString normal = nfc->normalize(toIcu(text), status);
    return U_FAILURE(status) ? std::string(text) : fromIcu(normal);
}

std::string toLower(std::string_view text) {
    return fromIcu(toIcu(text).toLower(icu::Locale::getRoot()));
}

std::string asciiLower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string folded(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfkd = icu::Normalizer2::getNFKDInstance(status);
    if (U_FAILURE(status)) return asciiLower(text);
    const icu::UnicodeString split = nfkd->normalize(toIcu(text).foldCase(), status);
    std::string out;
    for (const char32_t c : codePoints(fromIcu(split))) {
        if (u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK) continue;
        const std::string_view plain = withoutStroke(c);
        if (plain.empty())
            append(out, c);
        else
            out += plain;
    }
    return out;
}

std::vector<std::string> foldedWords(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    for (const char32_t c : codePoints(folded(text))) {
        const bool wordy = u_isalnum(static_cast<UChar32>(c));
        if (wordy && !inside) words.emplace_back();
        if (wordy) append(words.back(), c);
        inside = wordy;
    }
    return words;
}

}  // namespace stepd::url
