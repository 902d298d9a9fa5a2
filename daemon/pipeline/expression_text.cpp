#include "pipeline/expression_text.h"

namespace stepd::pipeline {
namespace {

constexpr std::string_view kOpen = "${{";

bool isRawPrefix(std::string_view text, std::size_t quote) {
    return quote > 0 && (text[quote - 1] == 'r' || text[quote - 1] == 'R');
}

/// The offset behind the CEL string that begins at `quote` (CEL spec, "String and Bytes Values"); the end if it never
/// ends.
std::size_t skipString(std::string_view text, std::size_t quote) {
    std::string_view mark = text.substr(quote, 1);
    const std::string_view three = text.substr(quote, 3);
    if (three == "'''" || three == "\"\"\"") mark = three;
    const bool raw = isRawPrefix(text, quote);
    for (std::size_t i = quote + mark.size(); i < text.size(); ++i) {
        if (text[i] == '\\' && !raw) {
            ++i;
        } else if (text.substr(i).starts_with(mark)) {
            return i + mark.size();
        }
    }
    return text.size();
}

/// The offset of the `}}` that ends the expression which begins at `start`; npos if there is none.
std::size_t findEnd(std::string_view text, std::size_t start) {
    std::size_t depth = 0;
    for (std::size_t i = start; i < text.size();) {
        const char c = text[i];
        if (c == '"' || c == '\'') {
            i = skipString(text, i);
            continue;
        }
        if (depth == 0 && text.substr(i).starts_with("}}")) return i;
        if (c == '{') ++depth;
        if (c == '}' && depth > 0) --depth;
        ++i;
    }
    return std::string_view::npos;
}

Piece expression(std::string_view text, std::size_t start, std::size_t end) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::string_view inside = text.substr(start, end - start);
    const std::size_t first = inside.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {true, "", start};
    const std::size_t last = inside.find_last_not_of(kBlank);
    return {true, std::string(inside.substr(first, last - first + 1)), start + first};
}

}  // namespace

Pieces splitExpressions(std::string_view scalar) {
    Pieces result;
    Piece text;
    const auto flush = [&result, &text](std::size_t next) {
        if (!text.text.empty()) result.pieces.push_back(text);
        text = {false, "", next};
    };
    for (std::size_t i = 0; i < scalar.size();) {
        const std::string_view rest = scalar.substr(i);
        if (rest.starts_with("$${{")) {
            text.text += kOpen;
            i += 1 + kOpen.size();
        } else if (rest.starts_with(kOpen)) {
            const std::size_t start = i + kOpen.size();
            const std::size_t end = findEnd(scalar, start);
            if (end == std::string_view::npos) {
                result.unclosed = i;
                return result;
            }
            flush(end + 2);
            result.pieces.push_back(expression(scalar, start, end));
            i = end + 2;
        } else {
            text.text += scalar[i++];
        }
    }
    flush(scalar.size());
    return result;
}

}  // namespace stepd::pipeline
