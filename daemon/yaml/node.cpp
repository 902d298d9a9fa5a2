#include "yaml/node.h"

#include <charconv>
#include <cmath>

namespace stepd::yaml {
namespace {

bool startsCharacter(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

}  // namespace

const char* describe(Kind kind) {
    switch (kind) {
        case Kind::Null: return "nothing";
        case Kind::Bool: return "a boolean";
        case Kind::Int: return "a number";
        case Kind::Float: return "a number";
        case Kind::Text: return "a text";
        case Kind::Sequence: return "a list";
        case Kind::Mapping: return "a mapping";
    }
    return "";
}

const Entry* Node::find(std::string_view key) const {
    for (const auto& entry : entries)
        if (entry.key == key) return &entry;
    return nullptr;
}

std::optional<std::int64_t> Node::integer() const {
    if (kind != Kind::Int) return std::nullopt;
    std::string_view digits = text;
    int base = 10;
    if (digits.starts_with("0x")) base = 16;
    if (digits.starts_with("0o")) base = 8;
    if (base != 10) digits.remove_prefix(2);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::optional<double> Node::number() const {
    if (const auto whole = integer()) return static_cast<double>(*whole);
    if (kind != Kind::Float && kind != Kind::Int) return std::nullopt;
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<bool> Node::boolean() const {
    if (kind != Kind::Bool) return std::nullopt;
    return text[0] == 't' || text[0] == 'T';
}

Mark Node::at(std::size_t offset) const {
    if (layout == Layout::Hidden || offset > text.size()) return mark;
    Mark place = content;
    for (std::size_t i = 0; i < offset; ++i) {
        if (text[i] == '\n') {
            ++place.line;
            place.column = content.column;
        } else if (startsCharacter(text[i])) {
            ++place.column;
        }
    }
    return place;
}

}  // namespace stepd::yaml
