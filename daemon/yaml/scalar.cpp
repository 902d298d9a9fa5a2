#include "yaml/scalar.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace stepd::yaml {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool isOctal(char c) {
    return c >= '0' && c <= '7';
}
bool isHex(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

template <typename Predicate>
bool allOf(std::string_view text, Predicate predicate) {
    return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

std::string_view withoutSign(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return text;
}

std::size_t countDigits(std::string_view text) {
    std::size_t n = 0;
    while (n < text.size() && isDigit(text[n])) ++n;
    return n;
}

/// The parts of `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`.
struct Decimal {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
    std::string_view exponent;  ///< with its sign
};

std::optional<Decimal> readDecimal(std::string_view text) {
    Decimal decimal;
    decimal.negative = text.starts_with('-');
    text = withoutSign(text);
    decimal.whole = text.substr(0, countDigits(text));
    text.remove_prefix(decimal.whole.size());
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        decimal.fraction = text.substr(0, countDigits(text));
        text.remove_prefix(decimal.fraction.size());
    }
    if (decimal.whole.empty() && decimal.fraction.empty()) return std::nullopt;
    if (text.starts_with('e') || text.starts_with('E')) {
        decimal.exponent = text.substr(1);
        if (!allOf(withoutSign(decimal.exponent), isDigit)) return std::nullopt;
        text = {};
    }
    if (!text.empty()) return std::nullopt;
    return decimal;
}

std::string decimalJson(const Decimal& decimal, Kind kind) {
    std::string_view whole = decimal.whole;
    while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
    std::string out = decimal.negative ? "-" : "";
    out += whole.empty() ? "0" : whole;
    if (!decimal.fraction.empty()) out.append(".").append(decimal.fraction);
    if (!decimal.exponent.empty()) out.append("e").append(decimal.exponent);
    if (kind == Kind::Float && decimal.fraction.empty() && decimal.exponent.empty()) out += ".0";
    return out;
}

std::optional<std::string> unsignedJson(std::string_view digits, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return std::to_string(value);
}

/// Whether readers of JSON take the number: 64 bits for whole ones, a finite double for others.
bool fits(const Node& scalar) {
    if (scalar.kind == Kind::Float) return scalar.number().has_value();
    return scalar.integer() || (!scalar.text.starts_with('-') && unsignedJson(withoutSign(scalar.text), 10));
}

}  // namespace

Kind resolvePlain(std::string_view text) {
    const auto is = [text](auto... words) { return ((text == words) || ...); };
    if (is("", "~", "null", "Null", "NULL")) return Kind::Null;
    if (is("true", "True", "TRUE", "false", "False", "FALSE")) return Kind::Bool;
    if (is(".nan", ".NaN", ".NAN")) return Kind::Float;
    const std::string_view bare = withoutSign(text);
    if (bare == ".inf" || bare == ".Inf" || bare == ".INF") return Kind::Float;
    if (allOf(bare, isDigit)) return Kind::Int;
    if (text.starts_with("0o") && allOf(text.substr(2), isOctal)) return Kind::Int;
    if (text.starts_with("0x") && allOf(text.substr(2), isHex)) return Kind::Int;
    return readDecimal(text) ? Kind::Float : Kind::Text;
}

std::optional<std::string> scalarJson(const Node& scalar) {
    switch (scalar.kind) {
        case Kind::Null: return "null";
        case Kind::Bool: return *scalar.boolean() ? "true" : "false";
        case Kind::Text: return jsonString(scalar.text);
        case Kind::Int:
        case Kind::Float: break;
        default: return std::nullopt;
    }
    const std::string_view text = scalar.text;
    if (text.starts_with("0o")) return unsignedJson(text.substr(2), 8);
    if (text.starts_with("0x")) return unsignedJson(text.substr(2), 16);
    const auto decimal = readDecimal(text);
    if (!decimal || !fits(scalar)) return std::nullopt;
    return decimalJson(*decimal, scalar.kind);
}

}  // namespace stepd::yaml
