#include "cel/operators.h"

#include <algorithm>
#include <array>

#include "cel/arithmetic.h"
#include "cel/functions.h"

namespace stepd::cel {
namespace {

Outcome applyOrder(Operator op, const Value& left, const Value& right) {
    const auto order = compare(left, right);
    if (!order) return noOverload(symbolOf(op), std::array{left, right});
    switch (op) {
        case Operator::Less: return Value::boolean(*order < 0);
        case Operator::LessEqual: return Value::boolean(*order <= 0);
        case Operator::Greater: return Value::boolean(*order > 0);
        default: return Value::boolean(*order >= 0);
    }
}

bool canBeKey(const Value& value) {
    return value.is(Kind::Bool) || value.is(Kind::Int) || value.is(Kind::Uint) || value.is(Kind::Double) ||
           value.is(Kind::String);
}

Outcome applyIn(const Value& item, const Value& in) {
    if (const auto* items = in.items())
        return Value::boolean(std::find(items->begin(), items->end(), item) != items->end());
    if (in.isMap() && canBeKey(item)) return Value::boolean(in.find(item) != nullptr);
    return noOverload("in", std::array{item, in});
}

/// A whole number of any kind.
std::optional<std::int64_t> positionOf(const Value& at) {
    if (const auto whole = at.asInt()) return whole;
    if (const auto whole = at.asUint()) return *whole <= INT64_MAX ? std::optional<std::int64_t>(*whole) : std::nullopt;
    const auto real = at.asDouble();
    if (!real || *real < 0 || *real >= 9e15 || *real != static_cast<double>(static_cast<std::int64_t>(*real)))
        return std::nullopt;
    return static_cast<std::int64_t>(*real);
}

struct Found {
    const Value* value = nullptr;  ///< null if there is nothing under the key
    bool overload = true;          ///< false if this cannot be indexed by that
};

Found look(const Value& of, const Value& at) {
    if (of.isMap() && canBeKey(at)) return {of.find(at)};
    const auto* items = of.items();
    const auto position = items ? positionOf(at) : std::nullopt;
    if (!position) return {nullptr, false};
    const bool there = *position >= 0 && static_cast<std::uint64_t>(*position) < items->size();
    return {there ? &(*items)[static_cast<std::size_t>(*position)] : nullptr};
}

Outcome absent(const Value& of, const Value& at) {
    const auto text = toJson(at).value_or(at.typeName());
    return fail(of.isMap() ? "no such key: " + text : "index out of range: " + text);
}

}  // namespace

const char* symbolOf(Operator op) {
    constexpr std::array<const char*, 12> kSymbols = {"+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "in"};
    return kSymbols[static_cast<std::size_t>(op)];
}

Outcome applyBinary(Operator op, const Value& left, const Value& right, Budget& budget) {
    switch (op) {
        case Operator::Equal:
        case Operator::NotEqual:
            if (!budget.scan(std::min(left.weight(), right.weight()))) return failUsedUp();
            return Value::boolean((left == right) == (op == Operator::Equal));
        case Operator::Less:
        case Operator::LessEqual:
        case Operator::Greater:
        case Operator::GreaterEqual:
            if (!budget.scan(std::min(left.weight(), right.weight()))) return failUsedUp();
            return applyOrder(op, left, right);
        case Operator::In:
            if (!budget.scan(right.isList() ? right.weight() : left.weight())) return failUsedUp();
            return applyIn(left, right);
        default: break;
    }
    auto result = applyArithmetic(op, left, right, budget);
    return result ? *std::move(result) : noOverload(symbolOf(op), std::array{left, right});
}

Outcome applyNegate(const Value& of) {
    if (const auto whole = of.asInt())
        return *whole == INT64_MIN ? fail("integer overflow in -") : Outcome(Value::integer(-*whole));
    if (const auto real = of.asDouble()) return Value::real(-*real);
    return noOverload("-", std::array{of});
}

Outcome applyIndex(const Value& of, const Value& at) {
    if (of.is(Kind::Optional)) return applyOptionalIndex(of, at);
    const Found found = look(of, at);
    if (!found.overload) return noOverload("[]", std::array{of, at});
    return found.value ? Outcome(*found.value) : absent(of, at);
}

Outcome applyOptionalIndex(const Value& of, const Value& at) {
    if (of.is(Kind::Optional)) return of.inner() ? applyOptionalIndex(*of.inner(), at) : Outcome(of);
    const Found found = look(of, at);
    if (!found.overload) return noOverload("[?]", std::array{of, at});
    return found.value ? Value::optionalOf(*found.value) : Value::optionalNone();
}

}  // namespace stepd::cel
