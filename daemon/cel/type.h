#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stepd::cel {

class Value;

/// What is known of a value before there is one (CEL spec, "Gradual Type Checking"): the static type of a variable or
/// of a part of an expression. `dyn`, the default, is anything. Immutable; cheap to copy; thread-safe.
class Type {
public:
    enum class Form : std::uint8_t {
        Dyn,
        Open,  ///< of the items of `[]`: takes over the first type that it meets, and is dyn if it meets none
        Null,
        Bool,
        Int,
        Uint,
        Double,
        String,
        Bytes,
        Timestamp,
        Duration,
        Type,
        List,      ///< one argument
        Map,       ///< two: keys and values
        Optional,  ///< one
        Object,    ///< a map with named fields, each of its own type; may be null
        // In the overloads of functions only:
        Number,     ///< int, uint or double
        Parameter,  ///< `A`: the same type wherever it stands in one overload
    };
    using Field = std::pair<std::string, Type>;

    Type() = default;
    /// Of a form without arguments.
    Type(Form form) : form_(form) {}  // NOLINT: implicit on purpose
    static Type list(Type items);
    static Type map(Type keys, Type values);
    static Type optional(Type of);
    static Type object(std::string name, std::vector<Field> fields);
    /// One that may have other fields too: they are dyn.
    static Type openObject(std::string name, std::vector<Field> fields);
    static Type parameter(std::string_view name);
    /// The same, but a value may be null: it fits where the type fits, and may be compared with null.
    Type orNull() const;

    /// Reads what `text` writes, and objects as `event{name: string, data: dyn}`; a single capital is a parameter.
    /// Throws Error (InvalidArgument) for anything else: types are written by us.
    static Type parse(std::string_view text);
    /// `int`, `list(string)`, `map(string, dyn)`; an object's name.
    std::string text() const;

    Form form() const { return form_; }
    bool is(Form form) const { return form_ == form; }
    bool isDyn() const { return is(Form::Dyn) || is(Form::Open); }
    /// False if dyn stands in it somewhere: then a value may be of many types.
    bool isExact() const;

    /// Of a list, a map or an optional.
    const std::vector<Type>& arguments() const;
    /// Of an object.
    const std::vector<Field>& fields() const;
    const Type* field(std::string_view name) const;
    /// Whether it may have fields that are not in `fields`.
    bool isOpen() const;
    /// True for every object, and for what `orNull` made.
    bool mayBeNull() const { return nullable_ || is(Form::Object); }
    /// Of an object or a parameter.
    const std::string& name() const;

    /// The one type of values of both; absent if there is none.
    friend std::optional<Type> joined(const Type& left, const Type& right);
    friend bool operator==(const Type& left, const Type& right);

private:
    struct Parts;
    Type(Form form, Parts parts);
    const Parts& parts() const;

    Form form_ = Form::Dyn;
    bool nullable_ = false;
    std::shared_ptr<const Parts> parts_;
};

std::optional<Type> joined(const Type& left, const Type& right);

/// The type of a value; of a list or a map, that of all in it.
Type typeOf(const Value& value);

/// The types of variables; those that are not in it are dyn.
using TypeEnvironment = std::map<std::string, Type, std::less<>>;

}  // namespace stepd::cel
