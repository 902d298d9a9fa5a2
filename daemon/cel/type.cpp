#include "cel/type.h"

#include <algorithm>
#include <array>

#include "cel/value.h"

namespace stepd::cel {

struct Type::Parts {
    std::string name;
    std::vector<Type> arguments;
    std::vector<Field> fields;
    bool open = false;
};

namespace {

using Form = Type::Form;

constexpr std::array<std::string_view, 18> kNames = {"dyn",    "dyn",    "null",     "bool",      "int",      "uint",
                                                     "double", "string", "bytes",    "timestamp", "duration", "type",
                                                     "list",   "map",    "optional", "",          "number",   ""};

bool isMapLike(const Type& type) {
    return type.is(Form::Map) || type.is(Form::Object);
}

/// An object seen as a map.
Type keysOf(const Type& type) {
    return type.is(Form::Object) ? Type(Form::String) : type.arguments()[0];
}
Type valuesOf(const Type& type) {
    return type.is(Form::Object) ? Type() : type.arguments()[1];
}

}  // namespace

Type::Type(Form form, Parts parts) : form_(form), parts_(std::make_shared<const Parts>(std::move(parts))) {}

Type Type::list(Type items) {
    return {Form::List, {{}, {std::move(items)}, {}}};
}
Type Type::map(Type keys, Type values) {
    return {Form::Map, {{}, {std::move(keys), std::move(values)}, {}}};
}
Type Type::optional(Type of) {
    return {Form::Optional, {{}, {std::move(of)}, {}}};
}
Type Type::object(std::string name, std::vector<Field> fields) {
    return {Form::Object, {std::move(name), {}, std::move(fields)}};
}
Type Type::openObject(std::string name, std::vector<Field> fields) {
    return {Form::Object, {std::move(name), {}, std::move(fields), /*open=*/true}};
}
Type Type::parameter(std::string_view name) {
    return {Form::Parameter, {std::string(name), {}, {}}};
}

Type Type::orNull() const {
    Type copy = *this;
    copy.nullable_ = !isDyn() && !is(Form::Null);
    return copy;
}

const Type::Parts& Type::parts() const {
    static const Parts kNone;
    return parts_ ? *parts_ : kNone;
}

std::string Type::text() const {
    if (!name().empty()) return name();
    std::string out(kNames[static_cast<std::size_t>(form_)]);
    if (arguments().empty()) return out;
    for (const auto& argument : arguments()) out += (&argument == arguments().data() ? "(" : ", ") + argument.text();
    return out + ')';
}

bool Type::isExact() const {
    return !isDyn() && std::all_of(arguments().begin(), arguments().end(), [](const Type& of) { return of.isExact(); });
}

const std::vector<Type>& Type::arguments() const {
    return parts().arguments;
}
const std::vector<Type::Field>& Type::fields() const {
    return parts().fields;
}
const std::string& Type::name() const {
    return parts().name;
}

bool Type::isOpen() const {
    return parts().open;
}

const Type* Type::field(std::string_view name) const {
    const auto found =
        std::find_if(fields().begin(), fields().end(), [&](const Field& field) { return field.first == name; });
    return found == fields().end() ? nullptr : &found->second;
}

bool operator==(const Type& left, const Type& right) {
    return left.form_ == right.form_ && left.nullable_ == right.nullable_ && left.name() == right.name() &&
           left.isOpen() == right.isOpen() && left.arguments() == right.arguments() && left.fields() == right.fields();
}

std::optional<Type> joined(const Type& left, const Type& right) {
    if (left == right || right.is(Form::Open)) return left;
    if (left.is(Form::Open)) return right;
    if (left.isDyn() || right.isDyn()) return Type();
    if (left.mayBeNull() && right.is(Form::Null)) return left;
    if (left.is(Form::Null) && right.mayBeNull()) return right;
    if (left.nullable_ || right.nullable_) {
        const auto strict = [](Type type) { return type.nullable_ = false, type; };
        auto both = joined(strict(left), strict(right));
        return both ? std::optional(both->orNull()) : std::nullopt;
    }
    if (isMapLike(left) && isMapLike(right)) {
        auto keys = joined(keysOf(left), keysOf(right)), values = joined(valuesOf(left), valuesOf(right));
        return keys && values ? std::optional(Type::map(*std::move(keys), *std::move(values))) : std::nullopt;
    }
    if (left.form_ != right.form_ || left.arguments().empty()) return std::nullopt;
    auto inside = joined(left.arguments()[0], right.arguments()[0]);
    if (!inside) return std::nullopt;
    return left.is(Form::List) ? Type::list(*std::move(inside)) : Type::optional(*std::move(inside));
}

namespace {

Type typeOfItems(const std::vector<Value>& items) {
    Type all = Form::Open;
    for (const auto& item : items) all = joined(all, typeOf(item)).value_or(Type());
    return all;
}

Type typeOfEntries(const std::vector<MapEntry>& entries) {
    Type keys = Form::Open, values = Form::Open;
    for (const auto& [key, value] : entries) {
        keys = joined(keys, typeOf(key)).value_or(Type());
        values = joined(values, typeOf(value)).value_or(Type());
    }
    return Type::map(std::move(keys), std::move(values));
}

}  // namespace

Type typeOf(const Value& value) {
    switch (value.kind()) {
        case Kind::Null: return Form::Null;
        case Kind::Bool: return Form::Bool;
        case Kind::Int: return Form::Int;
        case Kind::Uint: return Form::Uint;
        case Kind::Double: return Form::Double;
        case Kind::String: return Form::String;
        case Kind::Bytes: return Form::Bytes;
        case Kind::List: return Type::list(typeOfItems(*value.items()));
        case Kind::Map: return typeOfEntries(*value.entries());
        case Kind::Timestamp: return Form::Timestamp;
        case Kind::Duration: return Form::Duration;
        case Kind::Type: return Form::Type;
        case Kind::Optional: return Type::optional(value.inner() ? typeOf(*value.inner()) : Form::Open);
    }
    return {};
}

}  // namespace stepd::cel
