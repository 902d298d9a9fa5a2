#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "cel/functions.h"
#include "cel/number_text.h"
#include "cel/time_text.h"

namespace stepd::cel {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

Outcome outOfRange(const char* type) {
    return fail(std::string("the number is out of the range of ") + type);
}

Outcome notA(const char* what, const std::string& text) {
    return fail("not " + std::string(what) + ": " + quotedForLog(text.substr(0, 80)));
}

template <typename T>
std::optional<T> numberFrom(const std::string& text) {
    T number{};
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || at != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Pays for reading a text or bytes from one end to the other.
bool payForReading(const Arguments& arguments) {
    const auto* octets = arguments[0].text() ? arguments[0].text() : arguments[0].octets();
    return !octets || arguments.budget.scan(octets->size());
}

Outcome toInt(const Arguments& arguments) {
    const auto& from = arguments[0];
    if (!payForReading(arguments)) return failUsedUp();
    switch (from.kind()) {
        case Kind::Int: return from;
        case Kind::Uint:
            return *from.asUint() > INT64_MAX ? outOfRange("int")
                                              : Outcome(Value::integer(static_cast<std::int64_t>(*from.asUint())));
        case Kind::Double: {
            const double real = *from.asDouble();
            return real > -kTwo63 && real < kTwo63 ? Outcome(Value::integer(static_cast<std::int64_t>(real)))
                                                   : outOfRange("int");
        }
        case Kind::String: {
            const auto number = numberFrom<std::int64_t>(*from.text());
            return number ? Outcome(Value::integer(*number)) : notA("an int", *from.text());
        }
        case Kind::Timestamp: return Value::integer(from.asTimestamp()->seconds);
        default: return noOverload("int", arguments.values);
    }
}

Outcome toUint(const Arguments& arguments) {
    const auto& from = arguments[0];
    if (!payForReading(arguments)) return failUsedUp();
    switch (from.kind()) {
        case Kind::Uint: return from;
        case Kind::Int:
            return *from.asInt() < 0 ? outOfRange("uint")
                                     : Outcome(Value::uinteger(static_cast<std::uint64_t>(*from.asInt())));
        case Kind::Double: {
            const double real = *from.asDouble();
            return real >= 0 && real < kTwo64 ? Outcome(Value::uinteger(static_cast<std::uint64_t>(real)))
                                              : outOfRange("uint");
        }
        case Kind::String: {
            const auto number = numberFrom<std::uint64_t>(*from.text());
            return number ? Outcome(Value::uinteger(*number)) : notA("a uint", *from.text());
        }
        default: return noOverload("uint", arguments.values);
    }
}

Outcome toDouble(const Arguments& arguments) {
    const auto& from = arguments[0];
    if (!payForReading(arguments)) return failUsedUp();
    switch (from.kind()) {
        case Kind::Double: return from;
        case Kind::Int: return Value::real(static_cast<double>(*from.asInt()));
        case Kind::Uint: return Value::real(static_cast<double>(*from.asUint()));
        case Kind::String: {
            // from_chars reads `nan`, `inf` and `infinity` in any case.
            const auto number = numberFrom<double>(*from.text());
            return number ? Outcome(Value::real(*number)) : notA("a double", *from.text());
        }
        default: return noOverload("double", arguments.values);
    }
}

Outcome toString(const Arguments& arguments) {
    const auto& from = arguments[0];
    switch (from.kind()) {
        case Kind::String: return from;
        case Kind::Bool: return Value::string(*from.asBool() ? "true" : "false");
        case Kind::Int: return Value::string(std::to_string(*from.asInt()));
        case Kind::Uint: return Value::string(std::to_string(*from.asUint()));
        case Kind::Double: return Value::string(toText(*from.asDouble()));
        case Kind::Timestamp: return Value::string(toText(*from.asTimestamp()));
        case Kind::Duration: return Value::string(toText(*from.asDuration()));
        case Kind::Bytes:
            if (!payForReading(arguments)) return failUsedUp();
            if (!isUtf8(*from.octets())) return fail("the bytes are not valid UTF-8");
            return charged(Value::string(*from.octets()), arguments.budget);
        default: return noOverload("string", arguments.values);
    }
}

Outcome toBytes(const Arguments& arguments) {
    const auto& from = arguments[0];
    if (from.is(Kind::Bytes)) return from;
    return from.isString() ? charged(Value::bytes(*from.text()), arguments.budget)
                           : noOverload("bytes", arguments.values);
}

Outcome toBool(const Arguments& arguments) {
    const auto& from = arguments[0];
    if (from.isBool()) return from;
    if (!from.isString()) return noOverload("bool", arguments.values);
    for (const char* yes : {"1", "t", "true", "TRUE", "True"})
        if (*from.text() == yes) return Value::boolean(true);
    for (const char* no : {"0", "f", "false", "FALSE", "False"})
        if (*from.text() == no) return Value::boolean(false);
    return notA("a bool", *from.text());
}

Outcome toTimestamp(const Arguments& arguments) {
    const auto& from = arguments[0];
    if (!payForReading(arguments)) return failUsedUp();
    if (from.is(Kind::Timestamp)) return from;
    if (const auto seconds = from.asInt())
        return inRange({*seconds, 0}) ? Outcome(Value::timestamp(TimePoint{*seconds, 0}))
                                      : fail("timestamp out of range");
    if (!from.isString()) return noOverload("timestamp", arguments.values);
    const auto time = timestampFromText(*from.text());
    return time ? Outcome(Value::timestamp(*time)) : notA("a timestamp (RFC 3339)", *from.text());
}

Outcome toDuration(const Arguments& arguments) {
    const auto& from = arguments[0];
    if (!payForReading(arguments)) return failUsedUp();
    if (from.is(Kind::Duration)) return from;
    if (!from.isString()) return noOverload("duration", arguments.values);
    const auto length = durationFromText(*from.text());
    return length ? Outcome(Value::duration(*length)) : notA("a duration such as 1h30m", *from.text());
}

Outcome typeOf(const Arguments& arguments) {
    return Value::type(arguments[0].kind());
}
Outcome dyn(const Arguments& arguments) {
    return arguments[0];
}

constexpr FunctionRow kFunctions[] = {
    {"int", CallStyle::Global, toInt, "(number) -> int; (string) -> int; (timestamp) -> int"},
    {"uint", CallStyle::Global, toUint, "(number) -> uint; (string) -> uint"},
    {"double", CallStyle::Global, toDouble, "(number) -> double; (string) -> double"},
    {"string", CallStyle::Global, toString,
     "(string) -> string; (bool) -> string; (number) -> string; (bytes) -> string; (timestamp) -> string; (duration) "
     "-> string"},
    {"bytes", CallStyle::Global, toBytes, "(bytes) -> bytes; (string) -> bytes"},
    {"bool", CallStyle::Global, toBool, "(bool) -> bool; (string) -> bool"},
    {"timestamp", CallStyle::Global, toTimestamp,
     "(timestamp) -> timestamp; (string) -> timestamp; (int) -> timestamp"},
    {"duration", CallStyle::Global, toDuration, "(duration) -> duration; (string) -> duration"},
    {"type", CallStyle::Global, typeOf, "(A) -> type"},
    {"dyn", CallStyle::Global, dyn, "(A) -> dyn"},
};

}  // namespace

std::span<const FunctionRow> conversionFunctions() {
    return kFunctions;
}

}  // namespace stepd::cel
