#include "pipeline/known_value.h"

#include "yaml/reader.h"

namespace stepd::pipeline {
namespace {

using Form = cel::Type::Form;
using Kind = KnownValue::Kind;

Kind kindOf(yaml::Kind kind) {
    switch (kind) {
        case yaml::Kind::Null: return Kind::Null;
        case yaml::Kind::Bool: return Kind::Bool;
        case yaml::Kind::Int: return Kind::Int;
        case yaml::Kind::Float: return Kind::Float;
        case yaml::Kind::Text: return Kind::Text;
        case yaml::Kind::Sequence: return Kind::List;
        case yaml::Kind::Mapping: return Kind::Object;
    }
    return Kind::Unknown;
}

/// What its values are in JSON.
Kind kindOf(const cel::Type& type) {
    switch (type.form()) {
        case Form::Null: return Kind::Null;
        case Form::Bool: return Kind::Bool;
        case Form::Int:
        case Form::Uint: return Kind::Int;
        case Form::Double: return Kind::Float;
        case Form::String:
        case Form::Bytes:
        case Form::Timestamp:
        case Form::Duration: return Kind::Text;
        case Form::List: return Kind::List;
        case Form::Map:
        case Form::Object: return Kind::Object;
        default: return Kind::Unknown;
    }
}

}  // namespace

KnownValue::KnownValue(const yaml::Node& node, std::string path, const ExpressionTypes& types)
    : node_(node), path_(std::move(path)), kind_(kindOf(node.kind)) {
    if (node.kind != yaml::Kind::Text) return;
    type_ = types(node);
    if (type_) kind_ = kindOf(*type_);
}

KnownValue::KnownValue(const KnownValue& whole, std::string path, cel::Type type)
    : node_(whole.node_), path_(std::move(path)), type_(std::move(type)), kind_(kindOf(*type_)) {}

std::string KnownValue::name() const {
    const auto dot = path_.rfind('.');
    return dot == std::string::npos ? path_ : path_.substr(dot + 1);
}

std::string KnownValue::text() const {
    if (!type_) return yaml::describe(node_.kind);
    return type_->is(Form::Object) ? "an object" : type_->text();
}

const yaml::Node* KnownValue::literal() const {
    return !type_ && node_.isScalar() ? &node_ : nullptr;
}

const yaml::Node* KnownValue::mapping() const {
    return node_.kind == yaml::Kind::Mapping ? &node_ : nullptr;
}

std::vector<std::pair<std::string, KnownValue>> KnownValue::members(const ExpressionTypes& types) const {
    std::vector<std::pair<std::string, KnownValue>> all;
    for (const auto& entry : node_.entries)
        all.emplace_back(entry.key, KnownValue(*entry.value, path_ + "." + entry.key, types));
    if (type_)
        for (const auto& [key, type] : type_->fields())
            all.emplace_back(key, KnownValue(*this, path_ + "." + key, type));
    return all;
}

std::vector<KnownValue> KnownValue::items(const ExpressionTypes& types) const {
    std::vector<KnownValue> all;
    for (std::size_t i = 0; i < node_.items.size(); ++i)
        all.emplace_back(*node_.items[i], yaml::itemPath(path_, i), types);
    if (type_ && type_->is(Form::List)) all.push_back(KnownValue(*this, path_ + "[]", type_->arguments()[0]));
    return all;
}

bool KnownValue::lacks(std::string_view key) const {
    if (type_) return type_->is(Form::Object) && !type_->isOpen() && type_->field(key) == nullptr;
    return node_.kind == yaml::Kind::Mapping && node_.find(key) == nullptr;
}

}  // namespace stepd::pipeline
