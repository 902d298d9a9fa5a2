#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "cel/functions.h"
#include "cel/number_text.h"
#include "cel/time_text.h"

namespace stepd::cel {
namespace {

constexpr std::size_t kMostPrecision = 100;

using Text = std::optional<std::string>;  // absent: the value cannot be written so

/// What `%s` writes, lists and maps included; maps in the order of their keys' text.
Text plainText(const Value& value);

Text listText(const std::vector<Value>& items) {
    std::string out = "[";
    for (const auto& item : items) {
        const auto text = plainText(item);
        if (!text) return std::nullopt;
        if (&item != items.data()) out += ", ";
        out += *text;
    }
    return out + ']';
}

Text mapText(const std::vector<MapEntry>& entries) {
    std::map<std::string, std::string> sorted;
    for (const auto& [key, value] : entries) {
        auto keyText = plainText(key), valueText = plainText(value);
        if (!keyText || !valueText) return std::nullopt;
        sorted.emplace(*std::move(keyText), *std::move(valueText));
    }
    std::string out;
    for (const auto& [key, value] : sorted) out.append(out.empty() ? "{" : ", ").append(key).append(": ").append(value);
    return (out.empty() ? "{" : out) + '}';
}

Text plainText(const Value& value) {
    switch (value.kind()) {
        case Kind::Null: return "null";
        case Kind::Bool: return *value.asBool() ? "true" : "false";
        case Kind::Int: return std::to_string(*value.asInt());
        case Kind::Uint: return std::to_string(*value.asUint());
        case Kind::Double: return toText(*value.asDouble());
        case Kind::String: return *value.text();
        case Kind::Bytes: return *value.octets();
        case Kind::List: return listText(*value.items());
        case Kind::Map: return mapText(*value.entries());
        case Kind::Timestamp: return toText(*value.asTimestamp());
        case Kind::Duration: return toText(*value.asDuration());
        case Kind::Type: return typeName(*value.asType());
        case Kind::Optional: return std::nullopt;
    }
    return std::nullopt;
}

Text decimalText(const Value& value) {
    if (const auto real = value.asDouble(); real && std::isfinite(*real) && *real != std::trunc(*real))
        return std::nullopt;
    const bool number = value.isInt() || value.is(Kind::Uint) || value.is(Kind::Double);
    return number ? plainText(value) : std::nullopt;
}

Text realText(const Value& value, char kind, std::size_t precision) {
    double real = 0;
    if (const auto held = value.asDouble())
        real = *held;
    else if (const auto whole = value.asInt())
        real = static_cast<double>(*whole);
    else if (const auto natural = value.asUint())
        real = static_cast<double>(*natural);
    else
        return std::nullopt;
    if (!std::isfinite(real)) return toText(real);
    const char pattern[] = {'%', '.', '*', kind, '\0'};
    char out[512];  // 309 digits before the point and kMostPrecision behind it fit
    const int size = std::snprintf(out, sizeof out, pattern, static_cast<int>(precision), real);
    return std::string(out, static_cast<std::size_t>(size));
}

std::string digitsOf(std::uint64_t size, unsigned base, const char* digits) {
    std::string out;
    do {
        out.insert(out.begin(), digits[size % base]);
    } while ((size /= base) != 0);
    return out;
}

/// `%b`, `%o`, `%x`, `%X` of integers.
Text integerText(const Value& value, unsigned base, const char* digits) {
    if (const auto natural = value.asUint()) return digitsOf(*natural, base, digits);
    const auto whole = value.asInt();
    if (!whole) return std::nullopt;
    const auto size = *whole < 0 ? 0 - static_cast<std::uint64_t>(*whole) : static_cast<std::uint64_t>(*whole);
    return (*whole < 0 ? "-" : "") + digitsOf(size, base, digits);
}

Text hexText(const Value& value, const char* digits) {
    const auto* octets = value.text() ? value.text() : value.octets();
    if (!octets) return integerText(value, 16, digits);
    std::string out;
    for (const char c : *octets) {
        const auto octet = static_cast<unsigned char>(c);
        out += digits[octet >> 4U];
        out += digits[octet & 0xFU];
    }
    return out;
}

Text textOf(const Value& value, char kind, std::size_t precision) {
    switch (kind) {
        case 's': return plainText(value);
        case 'd': return decimalText(value);
        case 'e':
        case 'f': return realText(value, kind, precision);
        case 'b': return value.isBool() ? (*value.asBool() ? "1" : "0") : integerText(value, 2, "01");
        case 'o': return integerText(value, 8, "01234567");
        case 'x': return hexText(value, "0123456789abcdef");
        case 'X': return hexText(value, "0123456789ABCDEF");
        default: return std::nullopt;
    }
}

/// Steps over `.12` at `at`; 6 if there is none, absent if it is too large or has no digits.
std::optional<std::size_t> precisionAt(std::string_view format, std::size_t& at) {
    if (at >= format.size() || format[at] != '.') return 6;
    std::size_t precision = 0;
    const std::size_t first = ++at;
    for (; at < format.size() && format[at] >= '0' && format[at] <= '9'; ++at) {
        precision = precision * 10 + static_cast<std::size_t>(format[at] - '0');
        if (precision > kMostPrecision) return std::nullopt;
    }
    return at == first ? std::nullopt : std::optional(precision);
}

Outcome format(const Arguments& arguments) {
    const auto* format = arguments[0].text();
    const auto* values = arguments[1].items();
    if (!format || !values) return noOverload("format", arguments.values);
    if (!arguments.budget.scan(arguments[1].weight()) || !arguments.budget.grow(format->size())) return failUsedUp();
    std::string out;
    std::size_t next = 0;
    for (std::size_t at = 0; at < format->size(); ++at) {
        if ((*format)[at] != '%' || (at + 1 < format->size() && (*format)[at + 1] == '%')) {
            at += (*format)[at] == '%' ? 1 : 0;
            out += (*format)[at];
            continue;
        }
        const auto precision = precisionAt(*format, ++at);
        if (!precision) return fail("format: the precision is no number up to " + std::to_string(kMostPrecision));
        if (at >= format->size()) return fail("format: the text ends within a placeholder");
        if (next >= values->size()) return fail("format: there are more placeholders than values");
        const auto text = textOf((*values)[next], (*format)[at], *precision);
        if (!text)
            return fail(std::string("format: %") + (*format)[at] + " does not write a value of type " +
                        (*values)[next].typeName());
        if (!arguments.budget.grow(text->size())) return failUsedUp();
        out += *text;
        ++next;
    }
    return Value::string(std::move(out));
}

Outcome quote(const Arguments& arguments) {
    const auto* text = arguments[0].text();
    if (!text) return noOverload("strings.quote", arguments.values);
    constexpr std::string_view kEscaped = "\a\b\f\n\r\t\v\\\"";
    constexpr std::string_view kLetters = "abfnrtv\\\"";
    std::string out = "\"";
    for (const char c : *text) {
        const auto at = kEscaped.find(c);
        if (at != std::string_view::npos) out += '\\';
        out += at == std::string_view::npos ? c : kLetters[at];
    }
    return charged(Value::string(out + '"'), arguments.budget);
}

constexpr FunctionRow kFunctions[] = {
    {"format", CallStyle::Member, format, "(string, list(A)) -> string"},
    {"strings.quote", CallStyle::Global, quote, "(string) -> string"},
};

}  // namespace

std::span<const FunctionRow> formatFunctions() {
    return kFunctions;
}

}  // namespace stepd::cel
