#include <algorithm>

#include "cel/value.h"

namespace stepd::cel {
namespace {

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

double rounded(const Value& number) {
    if (const auto whole = number.asInt()) return static_cast<double>(*whole);
    if (const auto natural = number.asUint()) return static_cast<double>(*natural);
    return *number.asDouble();
}

// An integer meets a double as a double, as the conformance suite has it: 9223372036854775807 <= 9223372036854775808.0
// both ways.
std::partial_ordering orderNumbers(const Value& left, const Value& right) {
    if (left.is(Kind::Double) || right.is(Kind::Double)) return rounded(left) <=> rounded(right);
    if (left.isInt() && right.isInt()) return *left.asInt() <=> *right.asInt();
    if (left.isInt()) return order(*left.asInt(), *right.asUint());
    if (right.isInt()) return reversed(order(*right.asInt(), *left.asUint()));
    return *left.asUint() <=> *right.asUint();
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
        case Kind::Null: return true;
        case Kind::Bool: return left.asBool() == right.asBool();
        case Kind::String: return *left.text() == *right.text();
        case Kind::Bytes: return *left.octets() == *right.octets();
        case Kind::List: return *left.items() == *right.items();
        case Kind::Map: return equalMaps(left, right);
        case Kind::Timestamp: return left.asTimestamp() == right.asTimestamp();
        case Kind::Duration: return left.asDuration() == right.asDuration();
        case Kind::Type: return left.asType() == right.asType();
        case Kind::Optional: return equalOptionals(left.inner(), right.inner());
        default: return false;
    }
}

std::optional<std::partial_ordering> compare(const Value& left, const Value& right) {
    if (isNumber(left) && isNumber(right)) return orderNumbers(left, right);
    if (left.kind() != right.kind()) return std::nullopt;
    switch (left.kind()) {
        case Kind::Bool: return *left.asBool() <=> *right.asBool();
        case Kind::String: return left.text()->compare(*right.text()) <=> 0;
        case Kind::Bytes: return left.octets()->compare(*right.octets()) <=> 0;
        case Kind::Timestamp: return *left.asTimestamp() <=> *right.asTimestamp();
        case Kind::Duration: return left.asDuration()->count() <=> right.asDuration()->count();
        default: return std::nullopt;
    }
}

}  // namespace stepd::cel
