#include "pipeline/schema_types.h"

#include <nlohmann/json.hpp>

#include <optional>

namespace stepd::pipeline {
namespace {

using cel::Type;
using Form = Type::Form;
using Json = SchemaView::Json;

constexpr int kMostLevels = 12;
constexpr int kMostSchemas = 1000;

bool isFalse(const Json* value) {
    return value != nullptr && value->is_boolean() && !value->get<bool>();
}

class TypeReader {
public:
    Type read(const SchemaView& schema, const std::string& name, int level) {
        if (++schemas_ > kMostSchemas || level > kMostLevels) return {};
        const Json* type = schema.keyword("type");
        if (type != nullptr && type->is_string())
            return ofWord(schema, type->get_ref<const std::string&>(), name, level).orNull();
        if (type != nullptr && type->is_array()) return anyOfWords(schema, *type, name, level).orNull();
        for (const char* key : {"anyOf", "oneOf"})
            if (const Json* branches = schema.keyword(key); branches != nullptr && branches->is_array())
                return anyOf(schema, *branches, name, level).orNull();
        return ofValues(schema).orNull();
    }

private:
    Type ofWord(const SchemaView& schema, const std::string& word, const std::string& name, int level) {
        if (word == "string") return Form::String;
        if (word == "boolean") return Form::Bool;
        if (word == "integer") return Form::Int;
        if (word == "null") return Form::Null;
        if (word == "array") return ofList(schema, name, level);
        if (word == "object") return ofObject(schema, name, level);
        return {};  // a `number` may be an int or a double
    }

    Type anyOfWords(const SchemaView& schema, const Json& words, const std::string& name, int level) {
        Type all = Form::Open;
        for (const auto& word : words)
            if (!word.is_string() || !add(all, ofWord(schema, word.get<std::string>(), name, level))) return {};
        return all;
    }

    Type anyOf(const SchemaView& schema, const Json& branches, const std::string& name, int level) {
        Type all = Form::Open;
        for (const auto& branch : branches)
            if (!add(all, read(schema.at(branch), name, level + 1))) return {};
        return all;
    }

    /// False if nothing is known any more. Null is left out: it fits everywhere.
    static bool add(Type& all, const Type& branch) {
        if (branch.is(Form::Null)) return true;
        if (branch.isDyn()) return false;
        auto both = joined(all, branch);
        if (!both) return false;
        all = *std::move(both);
        return true;
    }

    /// By `enum` or `const`.
    static Type ofValues(const SchemaView& schema) {
        Type all = Form::Open;
        const auto formOf = [](const Json& value) -> Type {
            if (value.is_string()) return Form::String;
            if (value.is_boolean()) return Form::Bool;
            if (value.is_number_integer()) return Form::Int;
            return value.is_null() ? Type(Form::Null) : Type();
        };
        if (const Json* value = schema.keyword("const")) return formOf(*value);
        const Json* values = schema.keyword("enum");
        if (values == nullptr || !values->is_array()) return {};
        for (const auto& value : *values)
            if (!add(all, formOf(value))) return {};
        return all;
    }

    Type ofList(const SchemaView& schema, const std::string& name, int level) {
        const Json* items = schema.keyword("items");
        if (items == nullptr || !items->is_object() || schema.keyword("prefixItems") != nullptr) return Type::list({});
        return Type::list(read(schema.at(*items), name, level + 1));
    }

    Type ofObject(const SchemaView& schema, const std::string& name, int level) {
        const Json* properties = schema.keyword("properties");
        const Json* others = schema.keyword("additionalProperties");
        const bool patterns = schema.keyword("patternProperties") != nullptr;
        if (properties == nullptr || !properties->is_object()) {
            const bool known = others != nullptr && others->is_object() && !patterns;
            return Type::map(Form::String, known ? read(schema.at(*others), name, level + 1) : Type());
        }
        std::vector<Type::Field> fields;
        for (const auto& [key, property] : properties->items())
            fields.emplace_back(key, read(schema.at(property), key, level + 1));
        return isFalse(others) && !patterns ? Type::object(name, std::move(fields))
                                            : Type::openObject(name, std::move(fields));
    }

    int schemas_ = 0;
};

}  // namespace

Type typeOfSchema(const SchemaView& schema, std::string name) {
    return TypeReader().read(schema, name, 0);
}

}  // namespace stepd::pipeline
