#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace stepd::cel {

class Value;

/// The dynamic type of a value, in the order of `Value`'s alternatives.
enum class Kind : std::uint8_t {
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    List,
    Map,
    Timestamp,
    Duration,
    Type,
    Optional,
};

/// A point in time as CEL has it: years 1 to 9999, nanoseconds. Always normal: `nanos` is 0 to 999,999,999.
struct TimePoint {
    std::int64_t seconds = 0;  ///< since the Unix epoch, UTC
    std::int32_t nanos = 0;
    auto operator<=>(const TimePoint&) const = default;
};

struct ListPayload;
struct MapPayload;
using MapEntry = std::pair<Value, Value>;

/// A value of the expression language. Immutable; a copy shares strings, lists and maps, so it is cheap and
/// thread-safe.
class Value {
public:
    Value() = default;  ///< null
    static Value null() { return {}; }
    static Value boolean(bool value);
    static Value integer(std::int64_t value);
    static Value uinteger(std::uint64_t value);
    static Value real(double value);
    static Value string(std::string utf8);
    static Value bytes(std::string octets);
    static Value list(std::vector<Value> items);
    /// Keeps the order of the entries. Of equal keys the first is kept.
    static Value map(std::vector<MapEntry> entries);
    static Value timestamp(TimePoint time);
    static Value timestamp(stepd::Timestamp time);
    static Value duration(Duration length);
    static Value type(Kind of);
    static Value optionalOf(Value value);
    static Value optionalNone();

    Kind kind() const { return static_cast<Kind>(content_.index()); }
    /// As the CEL spec names it: `int`, `null_type`, `google.protobuf.Timestamp`.
    const char* typeName() const;
    bool is(Kind kind) const { return this->kind() == kind; }
    bool isNull() const { return is(Kind::Null); }
    bool isBool() const { return is(Kind::Bool); }
    bool isInt() const { return is(Kind::Int); }
    bool isString() const { return is(Kind::String); }
    bool isList() const { return is(Kind::List); }
    bool isMap() const { return is(Kind::Map); }

    /// Absent where the value is of another kind; nothing is converted.
    std::optional<bool> asBool() const;
    std::optional<std::int64_t> asInt() const;
    std::optional<std::uint64_t> asUint() const;
    std::optional<double> asDouble() const;
    std::optional<std::string> asString() const;
    std::optional<TimePoint> asTimestamp() const;
    std::optional<Duration> asDuration() const;
    std::optional<Kind> asType() const;
    /// Null where the value is of another kind; lives as long as any copy of this value. `text` is of a string,
    /// `octets` of bytes, `inner` of an optional that has a value.
    const std::string* text() const;
    const std::string* octets() const;
    const std::vector<Value>* items() const;
    const std::vector<MapEntry>* entries() const;
    const Value* inner() const;

    /// The entry of a map under `key`, null if there is none or this is no map. Faster than linear in a large map.
    /// Keys compare as CEL compares: `1`, `1u` and `1.0` are one key.
    const Value* find(const Value& key) const;
    const Value* find(std::string_view key) const;

    /// What the value would take if nothing in it were shared, in bytes; the measure of `EvaluateLimits::resultBytes`.
    std::size_t weight() const;

    /// CEL spec, "Equality": numbers of all kinds by their mathematical value, other kinds are unequal, NaN is not
    /// itself.
    friend bool operator==(const Value& left, const Value& right);

private:
    struct OptionalPayload {
        std::shared_ptr<const Value> value;
    };
    using Text = std::shared_ptr<const std::string>;
    struct Bytes {
        Text octets;
    };
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, Text, Bytes,
                 std::shared_ptr<const ListPayload>, std::shared_ptr<const MapPayload>, TimePoint, Duration, Kind,
                 OptionalPayload>
        content_;
};

/// The name of the type of values of this kind.
const char* typeName(Kind kind);

/// CEL spec, "Ordering": absent where the two cannot be ordered, `unordered` with NaN.
std::optional<std::partial_ordering> compare(const Value& left, const Value& right);

/// A JSON document as a value: integers that fit int64 are `int`, other numbers `double`; the first of equal keys is
/// kept. `json` has passed `json::check`; throws Error (InvalidArgument) where it cannot be read nevertheless.
Value fromJson(std::string_view json);

/// JSON of a value, map keys in their order. Absent where there is no JSON for it: NaN, infinity, a type.
/// Timestamps are RFC 3339, durations `1.5s`, bytes base64 (CEL spec, "JSON Data Conversion"). Unlike there, numbers
/// beyond 2^53 stay numbers and a double keeps a fraction (`1.0`), so that `fromJson(toJson(v))` is `v` for what came
/// from JSON.
std::optional<std::string> toJson(const Value& value);

}  // namespace stepd::cel
