#include "cel/value.h"

#include "cel/value_payload.h"

namespace stepd::cel {
namespace {

constexpr std::size_t kScalarWeight = 16;

template <typename T, typename Variant>
std::optional<T> getAs(const Variant& content) {
    const auto* value = std::get_if<T>(&content);
    return value ? std::optional<T>(*value) : std::nullopt;
}

}  // namespace

Value Value::boolean(bool value) {
    Value made;
    made.content_ = value;
    return made;
}

Value Value::integer(std::int64_t value) {
    Value made;
    made.content_ = value;
    return made;
}

Value Value::uinteger(std::uint64_t value) {
    Value made;
    made.content_ = value;
    return made;
}

Value Value::real(double value) {
    Value made;
    made.content_ = value;
    return made;
}

Value Value::string(std::string utf8) {
    Value made;
    made.content_ = std::make_shared<const std::string>(std::move(utf8));
    return made;
}

Value Value::bytes(std::string octets) {
    Value made;
    made.content_ = Bytes{std::make_shared<const std::string>(std::move(octets))};
    return made;
}

Value Value::list(std::vector<Value> items) {
    Value made;
    made.content_ = std::make_shared<const ListPayload>(std::move(items));
    return made;
}

Value Value::map(std::vector<MapEntry> entries) {
    Value made;
    made.content_ = std::make_shared<const MapPayload>(std::move(entries));
    return made;
}

Value Value::timestamp(TimePoint time) {
    Value made;
    made.content_ = time;
    return made;
}

Value Value::timestamp(stepd::Timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::chrono::nanoseconds rest = time - seconds;
    return timestamp(TimePoint{seconds.time_since_epoch().count(), static_cast<std::int32_t>(rest.count())});
}

Value Value::duration(Duration length) {
    Value made;
    made.content_ = length;
    return made;
}

Value Value::type(Kind of) {
    Value made;
    made.content_ = of;
    return made;
}

Value Value::optionalOf(Value value) {
    Value made;
    made.content_ = OptionalPayload{std::make_shared<const Value>(std::move(value))};
    return made;
}

Value Value::optionalNone() {
    Value made;
    made.content_ = OptionalPayload{};
    return made;
}

const char* Value::typeName() const {
    return cel::typeName(kind());
}

std::optional<bool> Value::asBool() const {
    return getAs<bool>(content_);
}
std::optional<std::int64_t> Value::asInt() const {
    return getAs<std::int64_t>(content_);
}
std::optional<std::uint64_t> Value::asUint() const {
    return getAs<std::uint64_t>(content_);
}
std::optional<double> Value::asDouble() const {
    return getAs<double>(content_);
}
std::optional<TimePoint> Value::asTimestamp() const {
    return getAs<TimePoint>(content_);
}
std::optional<Duration> Value::asDuration() const {
    return getAs<Duration>(content_);
}
std::optional<Kind> Value::asType() const {
    return getAs<Kind>(content_);
}

std::optional<std::string> Value::asString() const {
    const auto* held = text();
    return held ? std::optional<std::string>(*held) : std::nullopt;
}

const std::string* Value::text() const {
    const auto* held = std::get_if<Text>(&content_);
    return held ? held->get() : nullptr;
}

const std::string* Value::octets() const {
    const auto* held = std::get_if<Bytes>(&content_);
    return held ? held->octets.get() : nullptr;
}

const std::vector<Value>* Value::items() const {
    const auto* held = std::get_if<std::shared_ptr<const ListPayload>>(&content_);
    return held ? &(*held)->items : nullptr;
}

const std::vector<MapEntry>* Value::entries() const {
    const auto* held = std::get_if<std::shared_ptr<const MapPayload>>(&content_);
    return held ? &(*held)->entries : nullptr;
}

const Value* Value::inner() const {
    const auto* held = std::get_if<OptionalPayload>(&content_);
    return held ? held->value.get() : nullptr;
}

const Value* Value::find(const Value& key) const {
    const auto* held = std::get_if<std::shared_ptr<const MapPayload>>(&content_);
    return held ? (*held)->find(key) : nullptr;
}

const Value* Value::find(std::string_view key) const {
    const auto* held = std::get_if<std::shared_ptr<const MapPayload>>(&content_);
    return held ? (*held)->find(key) : nullptr;
}

std::size_t Value::weight() const {
    switch (kind()) {
        case Kind::String: return kScalarWeight + text()->size();
        case Kind::Bytes: return kScalarWeight + octets()->size();
        case Kind::List: return std::get<std::shared_ptr<const ListPayload>>(content_)->weight;
        case Kind::Map: return std::get<std::shared_ptr<const MapPayload>>(content_)->weight;
        case Kind::Optional: return kScalarWeight + (inner() ? inner()->weight() : 0);
        default: return kScalarWeight;
    }
}

const char* typeName(Kind kind) {
    switch (kind) {
        case Kind::Null: return "null_type";
        case Kind::Bool: return "bool";
        case Kind::Int: return "int";
        case Kind::Uint: return "uint";
        case Kind::Double: return "double";
        case Kind::String: return "string";
        case Kind::Bytes: return "bytes";
        case Kind::List: return "list";
        case Kind::Map: return "map";
        case Kind::Timestamp: return "google.protobuf.Timestamp";
        case Kind::Duration: return "google.protobuf.Duration";
        case Kind::Type: return "type";
        case Kind::Optional: return "optional_type";
    }
    return "";
}

}  // namespace stepd::cel
