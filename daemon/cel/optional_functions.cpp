#include "cel/functions.h"

namespace stepd::cel {
namespace {

/// Not null, false, zero, empty, the epoch or none.
bool isNonZero(const Value& value) {
    switch (value.kind()) {
        case Kind::Null: return false;
        case Kind::Bool: return *value.asBool();
        case Kind::Int: return *value.asInt() != 0;
        case Kind::Uint: return *value.asUint() != 0;
        case Kind::Double: return *value.asDouble() != 0;
        case Kind::String: return !value.text()->empty();
        case Kind::Bytes: return !value.octets()->empty();
        case Kind::List: return !value.items()->empty();
        case Kind::Map: return !value.entries()->empty();
        case Kind::Timestamp: return *value.asTimestamp() != TimePoint{};
        case Kind::Duration: return *value.asDuration() != Duration(0);
        case Kind::Type: return true;
        case Kind::Optional: return value.inner() != nullptr;
    }
    return false;
}

Outcome of(const Arguments& arguments) {
    return Value::optionalOf(arguments[0]);
}
Outcome none(const Arguments&) {
    return Value::optionalNone();
}

Outcome ofNonZeroValue(const Arguments& arguments) {
    return isNonZero(arguments[0]) ? Value::optionalOf(arguments[0]) : Value::optionalNone();
}

Outcome hasValue(const Arguments& arguments) {
    if (!arguments[0].is(Kind::Optional)) return noOverload("hasValue", arguments.values);
    return Value::boolean(arguments[0].inner() != nullptr);
}

Outcome value(const Arguments& arguments) {
    if (!arguments[0].is(Kind::Optional)) return noOverload("value", arguments.values);
    return arguments[0].inner() ? Outcome(*arguments[0].inner()) : fail("an optional without a value has none to give");
}

Outcome orOptional(const Arguments& arguments) {
    if (!arguments[0].is(Kind::Optional) || !arguments[1].is(Kind::Optional)) return noOverload("or", arguments.values);
    return arguments[0].inner() ? arguments[0] : arguments[1];
}

Outcome orValue(const Arguments& arguments) {
    if (!arguments[0].is(Kind::Optional)) return noOverload("orValue", arguments.values);
    return arguments[0].inner() ? *arguments[0].inner() : arguments[1];
}

constexpr FunctionRow kFunctions[] = {
    {"optional.of", CallStyle::Global, of, "(A) -> optional(A)"},
    {"optional.ofNonZeroValue", CallStyle::Global, ofNonZeroValue, "(A) -> optional(A)"},
    {"optional.none", CallStyle::Global, none, "() -> optional(A)"},
    {"hasValue", CallStyle::Member, hasValue, "(optional(A)) -> bool"},
    {"value", CallStyle::Member, value, "(optional(A)) -> A"},
    {"or", CallStyle::Member, orOptional, "(optional(A), optional(A)) -> optional(A)"},
    {"orValue", CallStyle::Member, orValue, "(optional(A), A) -> A"},
};

}  // namespace

std::span<const FunctionRow> optionalFunctions() {
    return kFunctions;
}

}  // namespace stepd::cel
