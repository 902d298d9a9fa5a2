#include "website_analyzer/charset.h"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMetaWindow = 4096;
constexpr std::size_t kDetectorNeeds = 64;  // bytes outside ASCII; the detector guesses wildly on less

struct Choice {
    std::string charset;
    CharsetSource source;
};

/// The label's encoding after the WHATWG table, where that differs from what ICU makes of the label.
std::string canonicalLabel(std::string_view label) {
    const std::string name = asciiLower(trimmed(label));
    constexpr std::array kLatin1{"iso-8859-1", "iso8859-1",    "iso88591",      "iso_8859-1", "latin1",
                                 "latin-1",    "l1",           "ascii",         "us-ascii",   "cp1252",
                                 "x-cp1252",   "windows-1252", "ansi_x3.4-1968"};
    if (std::find(kLatin1.begin(), kLatin1.end(), name) != kLatin1.end()) return "windows-1252";
    if (name == "utf8" || name == "utf-8" || name == "unicode-1-1-utf-8") return "utf-8";
    if (name == "iso-8859-9" || name == "latin5") return "windows-1254";
    if (name == "gb2312" || name == "gbk" || name == "gb_2312-80") return "gb18030";
    if (name == "shift_jis" || name == "shift-jis" || name == "sjis" || name == "x-sjis") return "windows-31j";
    if (name == "ks_c_5601-1987" || name == "euc-kr" || name == "korean") return "windows-949";
    return name;
}

bool isSingleByteWestern(std::string_view charset) {
    return charset == "windows-1252" || charset == "windows-1254" || charset.starts_with("iso-8859-");
}

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

/// Null where ICU does not know the label, or knows it as an encoding that browsers refuse (UTF-7 hides markup).
Converter openConverter(const std::string& charset) {
    if (charset.empty() || charset.find("utf-7") != std::string::npos || charset.find("utf-32") != std::string::npos ||
        charset.starts_with("scsu") || charset.starts_with("bocu") || charset.starts_with("imap"))
        return nullptr;
    UErrorCode status = U_ZERO_ERROR;
    Converter converter(ucnv_open(charset.c_str(), &status));
    return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

bool isKnown(const std::string& charset) {
    return charset == "utf-8" || openConverter(charset) != nullptr;
}

std::optional<Choice> fromByteOrderMark(std::string_view& bytes) {
    const auto take = [&](std::string_view mark, const char* charset) -> std::optional<Choice> {
        if (!bytes.starts_with(mark)) return std::nullopt;
        bytes.remove_prefix(mark.size());
        return Choice{charset, CharsetSource::ByteOrderMark};
    };
    if (auto choice = take("\xEF\xBB\xBF", "utf-8")) return choice;
    if (auto choice = take("\xFE\xFF", "utf-16be")) return choice;
    return take("\xFF\xFE", "utf-16le");
}

std::string_view valueAfter(std::string_view text, std::size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '=' || text[at] == '"' || text[at] == '\'')) ++at;
    const std::size_t end = text.find_first_of(" \"'>;/?\t\r\n", at);
    return at < text.size() ? text.substr(at, end == std::string_view::npos ? end : end - at) : std::string_view{};
}

/// `<meta charset=x>` and `<meta http-equiv=content-type content="text/html; charset=x">` alike: the first `charset=`
/// in a meta tag.
std::optional<Choice> fromMeta(std::string_view bytes) {
    const std::string head = asciiLower(bytes.substr(0, kMetaWindow));
    for (std::size_t at = head.find("<meta"); at != std::string::npos; at = head.find("<meta", at + 5)) {
        const std::size_t end = head.find('>', at);
        const std::string_view tag = std::string_view(head).substr(at, end == std::string::npos ? end : end - at);
        const std::size_t found = tag.find("charset");
        if (found == std::string_view::npos) continue;
        std::string label = canonicalLabel(valueAfter(tag, found + 7));
        // A meta tag that could be read at all was not UTF-16, whatever it says (WHATWG HTML 13.2.3.2).
        if (label.starts_with("utf-16")) label = "utf-8";
        if (isKnown(label)) return Choice{label, CharsetSource::Meta};
    }
    return std::nullopt;
}

std::optional<Choice> fromXmlDeclaration(std::string_view bytes) {
    if (!bytes.starts_with("<?xml")) return std::nullopt;
    const std::string_view declaration = bytes.substr(0, bytes.find("?>"));
    const std::size_t found = declaration.find("encoding");
    if (found == std::string_view::npos) return std::nullopt;
    std::string label = canonicalLabel(valueAfter(declaration, found + 8));
    if (!isKnown(label)) return std::nullopt;
    return Choice{std::move(label), CharsetSource::XmlDeclaration};
}

std::optional<Choice> fromDetector(std::string_view bytes) {
    const auto foreign =
        std::count_if(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (static_cast<std::size_t>(foreign) < kDetectorNeeds) return std::nullopt;
    const std::unique_ptr<uchardet, void (*)(uchardet_t)> detector(uchardet_new(), &uchardet_delete);
    const std::size_t sample = std::min<std::size_t>(bytes.size(), 256U << 10);
    if (uchardet_handle_data(detector.get(), bytes.data(), sample) != 0) return std::nullopt;
    uchardet_data_end(detector.get());
    std::string label = canonicalLabel(uchardet_get_charset(detector.get()));
    // Valid UTF-8 was asked before, so a detector that says so has been misled by a broken sequence.
    if (label.empty() || !isKnown(label)) return std::nullopt;
    return Choice{std::move(label), CharsetSource::Detector};
}

Choice choose(std::string_view& bytes, std::string_view contentType) {
    if (auto choice = fromByteOrderMark(bytes)) return *choice;
    std::optional<Choice> choice;
    if (std::string label = canonicalLabel(charsetParameter(contentType)); isKnown(label))
        choice = Choice{std::move(label), CharsetSource::Header};
    if (!choice) choice = fromMeta(bytes);
    if (!choice) choice = fromXmlDeclaration(bytes);

    if (choice && !isSingleByteWestern(choice->charset)) return *choice;
    const bool plainAscii =
        std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (choice && plainAscii) return *choice;
    if (isUtf8(bytes)) return {"utf-8", CharsetSource::ValidUtf8};
    if (!choice) choice = fromDetector(bytes);
    return choice.value_or(Choice{"windows-1252", CharsetSource::Default});
}

std::string convert(std::string_view bytes, const std::string& charset) {
    const Converter converter = openConverter(charset);
    if (!converter) return std::string(bytes);
    UErrorCode status = U_ZERO_ERROR;
    // A converter gives at most two UTF-16 units a byte; the stateful and multi-byte ones give fewer.
    std::vector<UChar> units(bytes.size() * 2 + 8);
    const std::int32_t length = ucnv_toUChars(converter.get(), units.data(), static_cast<std::int32_t>(units.size()),
                                              bytes.data(), static_cast<std::int32_t>(bytes.size()), &status);
    if (U_FAILURE(status)) return std::string(bytes);
    std::string out;
    icu::UnicodeString(false, units.data(), length).toUTF8String(out);
    return out;
}

std::size_t countReplacements(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = text.find("\xEF\xBF\xBD"); at != std::string_view::npos;
         at = text.find("\xEF\xBF\xBD", at + 3))
        ++count;
    return count;
}

}  // namespace

std::string_view charsetParameter(std::string_view contentType) {
    std::size_t at = contentType.find(';');
    while (at != std::string_view::npos) {
        const std::string_view parameter = trimmed(contentType.substr(at + 1, contentType.find(';', at + 1) - at - 1));
        if (startsWithIgnoringCase(parameter, "charset=")) {
            std::string_view value = trimmed(parameter.substr(8));
            if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
                value = value.substr(1, value.size() - 2);
            return value;
        }
        at = contentType.find(';', at + 1);
    }
    return {};
}

DecodedText decodeHtml(std::string_view bytes, std::string_view contentType) {
    Choice choice = choose(bytes, contentType);
    DecodedText decoded{.text = {}, .charset = std::move(choice.charset), .source = choice.source, .replacements = 0};
    if (decoded.charset == "utf-8") {
        decoded.text = toValidUtf8(bytes, &decoded.replacements);
        return decoded;
    }
    decoded.text = toValidUtf8(convert(bytes, decoded.charset));
    decoded.replacements = countReplacements(decoded.text);
    return decoded;
}

}  // namespace stepd::website
