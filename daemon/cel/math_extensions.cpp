#include <cmath>

#include "cel/functions.h"

namespace stepd::cel {
namespace {

bool isNumber(const Value& value) {
    return value.isInt() || value.is(Kind::Uint) || value.is(Kind::Double);
}

/// The first of the arguments, or of the one list, that no other one precedes in the wanted order.
Outcome extreme(const char* name, const Arguments& arguments, bool greatest) {
    const auto* list = arguments.count() == 1 ? arguments[0].items() : nullptr;
    const auto values = list ? std::span<const Value>(*list) : arguments.values;
    if (values.empty() || !arguments.budget.spend(values.size())) return noOverload(name, arguments.values);
    const Value* best = nullptr;
    for (const auto& value : values) {
        if (!isNumber(value)) return noOverload(name, arguments.values);
        if (!best || (greatest ? *compare(value, *best) > 0 : *compare(value, *best) < 0)) best = &value;
    }
    return *best;
}

Outcome greatest(const Arguments& arguments) {
    return extreme("math.greatest", arguments, true);
}
Outcome least(const Arguments& arguments) {
    return extreme("math.least", arguments, false);
}

Outcome rounded(const char* name, const Arguments& arguments, double (*round)(double)) {
    const auto real = arguments[0].asDouble();
    return real ? Outcome(Value::real(round(*real))) : noOverload(name, arguments.values);
}

Outcome ceil(const Arguments& arguments) {
    return rounded("math.ceil", arguments, std::ceil);
}
Outcome floor(const Arguments& arguments) {
    return rounded("math.floor", arguments, std::floor);
}
Outcome round(const Arguments& arguments) {
    return rounded("math.round", arguments, std::round);
}
Outcome trunc(const Arguments& arguments) {
    return rounded("math.trunc", arguments, std::trunc);
}

Outcome sqrt(const Arguments& arguments) {
    if (const auto whole = arguments[0].asInt()) return Value::real(std::sqrt(static_cast<double>(*whole)));
    if (const auto natural = arguments[0].asUint()) return Value::real(std::sqrt(static_cast<double>(*natural)));
    return rounded("math.sqrt", arguments, std::sqrt);
}

Outcome abs(const Arguments& arguments) {
    const auto& of = arguments[0];
    if (const auto whole = of.asInt())
        return *whole == INT64_MIN ? fail("integer overflow in math.abs") : Outcome(Value::integer(std::abs(*whole)));
    if (const auto real = of.asDouble()) return Value::real(std::fabs(*real));
    return of.is(Kind::Uint) ? Outcome(of) : noOverload("math.abs", arguments.values);
}

Outcome sign(const Arguments& arguments) {
    const auto& of = arguments[0];
    if (const auto whole = of.asInt()) return Value::integer((*whole > 0) - (*whole < 0));
    if (const auto natural = of.asUint()) return Value::uinteger(*natural > 0 ? 1 : 0);
    const auto real = of.asDouble();
    if (!real) return noOverload("math.sign", arguments.values);
    return *real > 0 ? Value::real(1) : *real < 0 ? Value::real(-1) : of;  // NaN stays NaN
}

Outcome test(const char* name, const Arguments& arguments, bool (*holds)(double)) {
    const auto real = arguments[0].asDouble();
    return real ? Outcome(Value::boolean(holds(*real))) : noOverload(name, arguments.values);
}

Outcome isNaN(const Arguments& arguments) {
    return test("math.isNaN", arguments, std::isnan);
}
Outcome isInf(const Arguments& arguments) {
    return test("math.isInf", arguments, std::isinf);
}
Outcome isFinite(const Arguments& arguments) {
    return test("math.isFinite", arguments, std::isfinite);
}

Outcome bits(const char* name, const Arguments& arguments, std::uint64_t (*apply)(std::uint64_t, std::uint64_t)) {
    const auto left = arguments[0].asInt(), right = arguments[1].asInt();
    if (left && right)
        return Value::integer(
            static_cast<std::int64_t>(apply(static_cast<std::uint64_t>(*left), static_cast<std::uint64_t>(*right))));
    const auto leftBits = arguments[0].asUint(), rightBits = arguments[1].asUint();
    if (leftBits && rightBits) return Value::uinteger(apply(*leftBits, *rightBits));
    return noOverload(name, arguments.values);
}

Outcome bitAnd(const Arguments& arguments) {
    return bits("math.bitAnd", arguments, [](std::uint64_t a, std::uint64_t b) { return a & b; });
}
Outcome bitOr(const Arguments& arguments) {
    return bits("math.bitOr", arguments, [](std::uint64_t a, std::uint64_t b) { return a | b; });
}
Outcome bitXor(const Arguments& arguments) {
    return bits("math.bitXor", arguments, [](std::uint64_t a, std::uint64_t b) { return a ^ b; });
}

Outcome bitNot(const Arguments& arguments) {
    if (const auto whole = arguments[0].asInt()) return Value::integer(~*whole);
    if (const auto natural = arguments[0].asUint()) return Value::uinteger(~*natural);
    return noOverload("math.bitNot", arguments.values);
}

/// The bits of an int move as those of a uint: a right shift brings in zeros.
Outcome shifted(const char* name, const Arguments& arguments, std::uint64_t (*shift)(std::uint64_t, unsigned)) {
    const auto by = arguments[1].asInt();
    const auto whole = arguments[0].asInt();
    const auto natural = arguments[0].asUint();
    if (!by || (!whole && !natural)) return noOverload(name, arguments.values);
    if (*by < 0) return fail(std::string(name) + ": negative offset");
    const auto from = whole ? static_cast<std::uint64_t>(*whole) : *natural;
    const auto moved = *by > 63 ? 0 : shift(from, static_cast<unsigned>(*by));
    return whole ? Value::integer(static_cast<std::int64_t>(moved)) : Value::uinteger(moved);
}

Outcome bitShiftLeft(const Arguments& arguments) {
    return shifted("math.bitShiftLeft", arguments, [](std::uint64_t value, unsigned by) { return value << by; });
}
Outcome bitShiftRight(const Arguments& arguments) {
    return shifted("math.bitShiftRight", arguments, [](std::uint64_t value, unsigned by) { return value >> by; });
}

constexpr const char* kExtreme =
    "(int...) -> int; (uint...) -> uint; (double...) -> double; (number...) -> dyn;"
    "(list(int)) -> int; (list(uint)) -> uint; (list(double)) -> double; (list(number)) -> dyn";
constexpr const char* kSameNumber = "(int) -> int; (uint) -> uint; (double) -> double";
constexpr const char* kBits = "(int, int) -> int; (uint, uint) -> uint";
constexpr const char* kShifts = "(int, int) -> int; (uint, int) -> uint";

constexpr FunctionRow kFunctions[] = {
    {"math.greatest", CallStyle::Global, greatest, kExtreme},
    {"math.least", CallStyle::Global, least, kExtreme},
    {"math.ceil", CallStyle::Global, ceil, "(double) -> double"},
    {"math.floor", CallStyle::Global, floor, "(double) -> double"},
    {"math.round", CallStyle::Global, round, "(double) -> double"},
    {"math.trunc", CallStyle::Global, trunc, "(double) -> double"},
    {"math.sqrt", CallStyle::Global, sqrt, "(number) -> double"},
    {"math.abs", CallStyle::Global, abs, kSameNumber},
    {"math.sign", CallStyle::Global, sign, kSameNumber},
    {"math.isNaN", CallStyle::Global, isNaN, "(double) -> bool"},
    {"math.isInf", CallStyle::Global, isInf, "(double) -> bool"},
    {"math.isFinite", CallStyle::Global, isFinite, "(double) -> bool"},
    {"math.bitAnd", CallStyle::Global, bitAnd, kBits},
    {"math.bitOr", CallStyle::Global, bitOr, kBits},
    {"math.bitXor", CallStyle::Global, bitXor, kBits},
    {"math.bitNot", CallStyle::Global, bitNot, "(int) -> int; (uint) -> uint"},
    {"math.bitShiftLeft", CallStyle::Global, bitShiftLeft, kShifts},
    {"math.bitShiftRight", CallStyle::Global, bitShiftRight, kShifts},
};

}  // namespace

std::span<const FunctionRow> mathExtensions() {
    return kFunctions;
}

}  // namespace stepd::cel
