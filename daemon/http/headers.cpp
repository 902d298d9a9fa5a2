#include "http/headers.h"

#include <algorithm>

#include "base/error.h"
#include "http/grammar.h"

namespace stepd::http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::add(std::string_view name, std::string_view value) {
    if (!isToken(name)) throw Error(ErrorCode::InvalidArgument, "a header field needs a token as its name");
    if (!kValueBytes.hasAll(value))
        throw Error(ErrorCode::InvalidArgument,
                    "the value of header " + std::string(name) + " holds a control character");
    const Piece namePiece = append(name);
    spans_.push_back({namePiece, append(value)});
}

void Headers::reserve(std::size_t bytes, std::size_t fields) {
    text_.reserve(bytes);
    spans_.reserve(fields);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const Span& span : spans_)
        if (equalsIgnoringCase(textOf(span.name), name)) return textOf(span.value);
    return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        spans_.begin(), spans_.end(), [&](const Span& span) { return equalsIgnoringCase(textOf(span.name), name); }));
}

Headers::Piece Headers::append(std::string_view text) {
    const Piece piece{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(text.size())};
    text_ += text;
    return piece;
}

}  // namespace stepd::http
