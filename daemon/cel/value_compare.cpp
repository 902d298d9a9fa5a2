#include <algorithm>
#include <cmath>

#include "cel/value.h"

namespace stepd::cel {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

bool isNumber(const Value& value) {
    return value.is(Kind::Int) || value.is(Kind::Uint) || value.is(Kind::Double);
}

std::partial_ordering reversed(std::partial_ordering order) {
    return 0 <=> order;
}

std::partial_ordering order(std::int64_t left, std::uint64_t right) {
    if (left < 0) return std::partial_ordering::less;
    return static_cast<std::uint64_t>(left) <=> right;
}

/// Exact: no integer is rounded to a double.
std::partial_ordering order(std::int64_t left, double right) {
    if (std::isnan(right)) return std::partial_ordering::unordered;
    if (right >= kTwo63) return std::partial_ordering::less;
    if (right < -kTwo63) return std::partial_ordering::greater;
    const double whole = std::trunc(right);
    if (const auto first = left <=> static_cast<std::int64_t>(whole); first != 0) return first;
    return 0.0 <=> right - whole;
}

std::partial_ordering order(std::uint64_t left, double right) {
    if (std::isnan(right)) return std::partial_ordering::unordered;
    if (right >= kTwo64) return std::partial_ordering::less;
    if (right < 0) return std::partial_ordering::greater;
    const double whole = std::trunc(right);
    if (const auto first = left <=> static_cast<std::uint64_t>(whole); first != 0) return first;
    return 0.0 <=> right - whole;
}

std::partial_ordering orderNumbers(const Value& left, const Value& right) {
    if (const auto a = left.asInt()) {
        if (const auto b = right.asInt()) return *a <=> *b;
        if (const auto b = right.asUint()) return order(*a, *b);
        return order(*a, *right.asDouble());
    }
    if (const auto a = left.asUint()) {
        if (const auto b = right.asInt()) return reversed(order(*b, *a));
        if (const auto b = right.asUint()) return *a <=> *b;
        return order(*a, *right.asDouble());
    }
    const double a = *left.asDouble();
    if (const auto b = right.asInt()) return reversed(order(*b, a));
    if (const auto b = right.asUint()) return reversed(order(*b, a));
    return a <=> *right.asDouble();
}

bool equalMaps(const Value& left, const Value& right) {
    if (left.entries()->size() != right.entries()->size()) return false;
    return std::all_of(left.entries()->begin(), left.entries()->end(), [&](const MapEntry& entry) {
        const auto* other = right.find(entry.first);
        return other && *other == entry.second;
    });
}

bool equalOptionals(const Value* left, const Value* right) {
    if (!left || !right) return left == right;
    return *left == *right;
}

}  // namespace

bool operator==(const Value& left, const Value& right) {
    if (isNumber(left) && isNumber(right)) return orderNumbers(left, right) == 0;
    if (left.kind() != right.kind()) return false;
    switch (left.kind()) {
        case Kind::Null:
            return true;
        case Kind::Bool:
            return left.asBool() == right.asBool();
        case Kind::String:
            return *left.text() == *right.text();
        case Kind::Bytes:
            return *left.octets() == *right.octets();
        case Kind::List:
            return *left.items() == *right.items();
        case Kind::Map:
            return equalMaps(left, right);
        case Kind::Timestamp:
            return left.asTimestamp() == right.asTimestamp();
        case Kind::Duration:
            return left.asDuration() == right.asDuration();
        case Kind::Type:
            return left.asType() == right.asType();
        case Kind::Optional:
            return equalOptionals(left.inner(), right.inner());
        default:
            return false;
    }
}

std::optional<std::partial_ordering> compare(const Value& left, const Value& right) {
    if (isNumber(left) && isNumber(right)) return orderNumbers(left, right);
    if (left.kind() != right.kind()) return std::nullopt;
    switch (left.kind()) {
        case Kind::Bool:
            return *left.asBool() <=> *right.asBool();
        case Kind::String:
            return left.text()->compare(*right.text()) <=> 0;
        case Kind::Bytes:
            return left.octets()->compare(*right.octets()) <=> 0;
        case Kind::Timestamp:
            return *left.asTimestamp() <=> *right.asTimestamp();
        case Kind::Duration:
            return left.asDuration()->count() <=> right.asDuration()->count();
        default:
            return std::nullopt;
    }
}

}  // namespace stepd::cel
