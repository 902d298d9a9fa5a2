#include "cel/arithmetic.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cel/time_text.h"

namespace stepd::cel {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

Outcome overflow() {
    return fail("integer overflow");
}

Value number(std::int64_t value) {
    return Value::integer(value);
}
Value number(std::uint64_t value) {
    return Value::uinteger(value);
}

template <typename T>
std::optional<Outcome> wholeNumbers(Operator op, T left, T right) {
    T result{};
    bool over = false;
    switch (op) {
        case Operator::Add: over = __builtin_add_overflow(left, right, &result); break;
        case Operator::Subtract: over = __builtin_sub_overflow(left, right, &result); break;
        case Operator::Multiply: over = __builtin_mul_overflow(left, right, &result); break;
        case Operator::Divide:
        case Operator::Modulo:
            if (right == 0) return fail("division by zero");
            if constexpr (std::is_signed_v<T>)
                if (left == std::numeric_limits<T>::min() && right == -1) return overflow();
            result = op == Operator::Divide ? left / right : left % right;
            break;
        default: return std::nullopt;
    }
    return over ? overflow() : Outcome(number(result));
}

std::optional<Outcome> doubles(Operator op, double left, double right) {
    switch (op) {
        case Operator::Add: return Value::real(left + right);
        case Operator::Subtract: return Value::real(left - right);
        case Operator::Multiply: return Value::real(left * right);
        case Operator::Divide: return Value::real(left / right);
        default: return std::nullopt;
    }
}

std::optional<Outcome> durations(Operator op, Duration left, Duration right) {
    std::int64_t nanos = 0;
    if (op != Operator::Add && op != Operator::Subtract) return std::nullopt;
    const bool over = op == Operator::Add ? __builtin_add_overflow(left.count(), right.count(), &nanos)
                                          : __builtin_sub_overflow(left.count(), right.count(), &nanos);
    return over ? fail("duration out of range") : Outcome(Value::duration(Duration(nanos)));
}

Outcome moved(TimePoint time, Duration by, int sign) {
    time.seconds += sign * (by.count() / kNanosPerSecond);
    auto nanos = time.nanos + sign * (by.count() % kNanosPerSecond);
    if (nanos < 0) {
        nanos += kNanosPerSecond;
        --time.seconds;
    } else if (nanos >= kNanosPerSecond) {
        nanos -= kNanosPerSecond;
        ++time.seconds;
    }
    time.nanos = static_cast<std::int32_t>(nanos);
    return inRange(time) ? Outcome(Value::timestamp(time)) : fail("timestamp out of range");
}

Outcome between(const TimePoint& left, const TimePoint& right) {
    std::int64_t nanos = 0;
    if (__builtin_mul_overflow(left.seconds - right.seconds, kNanosPerSecond, &nanos) ||
        __builtin_add_overflow(nanos, left.nanos - right.nanos, &nanos))
        return fail("duration out of range");
    return Value::duration(Duration(nanos));
}

std::optional<Outcome> times(Operator op, const Value& left, const Value& right) {
    const auto leftTime = left.asTimestamp(), rightTime = right.asTimestamp();
    const auto leftLength = left.asDuration(), rightLength = right.asDuration();
    if (leftLength && rightLength) return durations(op, *leftLength, *rightLength);
    if (op == Operator::Add) {
        if (leftTime && rightLength) return moved(*leftTime, *rightLength, 1);
        if (leftLength && rightTime) return moved(*rightTime, *leftLength, 1);
    }
    if (op == Operator::Subtract) {
        if (leftTime && rightLength) return moved(*leftTime, *rightLength, -1);
        if (leftTime && rightTime) return between(*leftTime, *rightTime);
    }
    return std::nullopt;
}

/// The memory is charged before it is taken.
std::optional<Outcome> concatenation(const Value& left, const Value& right, Budget& budget) {
    if (left.kind() != right.kind()) return std::nullopt;
    if (!left.isString() && !left.is(Kind::Bytes) && !left.isList()) return std::nullopt;
    if (!budget.grow(left.weight() + right.weight())) return failUsedUp();
    if (left.isString()) return Value::string(*left.text() + *right.text());
    if (left.is(Kind::Bytes)) return Value::bytes(*left.octets() + *right.octets());
    std::vector<Value> items;
    items.reserve(left.items()->size() + right.items()->size());
    items.insert(items.end(), left.items()->begin(), left.items()->end());
    items.insert(items.end(), right.items()->begin(), right.items()->end());
    return Value::list(std::move(items));
}

}  // namespace

std::optional<Outcome> applyArithmetic(Operator op, const Value& left, const Value& right, Budget& budget) {
    if (left.isInt() && right.isInt()) return wholeNumbers(op, *left.asInt(), *right.asInt());
    if (left.is(Kind::Uint) && right.is(Kind::Uint)) return wholeNumbers(op, *left.asUint(), *right.asUint());
    if (left.is(Kind::Double) && right.is(Kind::Double)) return doubles(op, *left.asDouble(), *right.asDouble());
    if (auto result = times(op, left, right)) return result;
    return op == Operator::Add ? concatenation(left, right, budget) : std::nullopt;
}

}  // namespace stepd::cel
