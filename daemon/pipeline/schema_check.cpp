#include "pipeline/schema_check.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/diagnostic.h"
#include "pipeline/scalar_check.h"

namespace stepd::pipeline {
namespace {

using Json = SchemaView::Json;
using Kind = KnownValue::Kind;

constexpr int kMostComparisons = 20'000;
constexpr int kMostLevels = 200;  // of branches and values inside each other
constexpr std::size_t kMostShown = 12;
constexpr std::size_t kLongestHint = 200;

std::vector<std::string> keysOf(const Json* object) {
    std::vector<std::string> keys;
    if (object != nullptr && object->is_object())
        for (const auto& [key, value] : object->items()) keys.push_back(key);
    return keys;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size() && i < kMostShown; ++i) out += (i == 0 ? "`" : ", `") + words[i] + "`";
    return words.size() > kMostShown ? out + " ..." : out;
}

bool isFalse(const Json* value) {
    return value != nullptr && value->is_boolean() && !value->get<bool>();
}

struct Level {
    explicit Level(int& level) : level_(level) { ++level_; }
    ~Level() { --level_; }
    int& level_;
};

std::string quotedName(const KnownValue& value) {
    return "`" + value.name() + "` ";
}

}  // namespace

std::vector<SchemaMisfit> SchemaCheck::check(const KnownValue& value, const SchemaView& schema) {
    root_ = value.mapping();
    Misfits out;
    compare(value, schema, out);
    return comparisons_ > kMostComparisons ? Misfits() : out;
}

void SchemaCheck::compare(const KnownValue& value, const SchemaView& schema, Misfits& out) {
    if (++comparisons_ > kMostComparisons || level_ >= kMostLevels) return;
    const Level level(level_);
    if (value.kind() == Kind::Unknown || value.kind() == Kind::Null) return;
    const auto types = typesOf(schema);
    if (!hasType(value.kind(), types))
        return out.push_back(
            {value.mark(), value.path(), quotedName(value) + expectedTypes(types) + ", not " + value.text(), {}});
    if (const yaml::Node* scalar = value.literal())
        if (auto misfit = scalarMisfit(*scalar, schema))
            return out.push_back(
                {value.mark(), value.path(), quotedName(value) + misfit->message, std::move(misfit->hint)});
    if (value.kind() == Kind::List) compareItems(value, schema, out);
    if (value.kind() == Kind::Object) compareMembers(value, schema, out);
    if (const Json* all = schema.keyword("allOf"); all != nullptr && all->is_array())
        for (const auto& branch : *all) compare(value, schema.at(branch), out);
    for (const char* key : {"anyOf", "oneOf"})
        if (const Json* branches = schema.keyword(key); branches != nullptr && branches->is_array())
            compareBranches(value, schema, *branches, out);
}

void SchemaCheck::compareBranches(const KnownValue& value, const SchemaView& schema, const Json& branches,
                                  Misfits& out) {
    std::vector<Misfits> near;  // of branches that the value has the type for
    std::vector<std::string> types;
    for (const auto& branch : branches) {
        const SchemaView view = schema.at(branch);
        Misfits misfits;
        compare(value, view, misfits);
        if (misfits.empty()) return;
        const auto words = typesOf(view);
        if (hasType(value.kind(), words)) near.push_back(std::move(misfits));
        types.insert(types.end(), words.begin(), words.end());
    }
    if (branches.empty()) return;
    if (near.size() == 1) {
        out.insert(out.end(), near.front().begin(), near.front().end());
    } else if (near.empty()) {
        out.push_back(
            {value.mark(), value.path(), quotedName(value) + expectedTypes(types) + ", not " + value.text(), {}});
    } else {
        out.push_back({value.mark(), value.path(), quotedName(value) + "has none of the forms that it may have",
                       near.front().front().message});
    }
}

void SchemaCheck::compareMembers(const KnownValue& value, const SchemaView& schema, Misfits& out) {
    const Json* properties = schema.keyword("properties");
    const Json* others = schema.keyword("additionalProperties");
    const bool patterns = schema.keyword("patternProperties") != nullptr;
    for (const auto& [key, member] : value.members(types_)) {
        if (properties != nullptr && properties->is_object() && properties->contains(key))
            compare(member, schema.at(properties->at(key)), out);
        else if (isFalse(others) && !patterns)
            reportUnknown(value, key, properties, out);
        else if (others != nullptr && others->is_object() && !patterns)
            compare(member, schema.at(*others), out);
    }
    const Json* required = schema.keyword("required");
    if (required == nullptr || !required->is_array()) return;
    for (const auto& key : *required)
        if (key.is_string() && value.lacks(key.get_ref<const std::string&>()))
            reportMissing(value, schema, key.get<std::string>(), out);
}

void SchemaCheck::reportUnknown(const KnownValue& value, const std::string& key, const Json* properties, Misfits& out) {
    const yaml::Entry* entry = value.mapping() != nullptr ? value.mapping()->find(key) : nullptr;
    if (entry == nullptr) return;  // of an expression's object: whether the key is there is not known
    const auto known = keysOf(properties);
    const std::string meant = didYouMean(key, known);
    out.push_back({entry->mark, value.path() + "." + key, "unknown key `" + key + "`",
                   !meant.empty()  ? "did you mean `" + meant + "`?"
                   : known.empty() ? "nothing is known here"
                                   : "known here: " + joined(known)});
}

void SchemaCheck::reportMissing(const KnownValue& value, const SchemaView& schema, const std::string& key,
                                Misfits& out) {
    const bool outermost = value.mapping() != nullptr && value.mapping() == root_;
    if (outermost && given_.contains(key)) return;
    std::string hint;
    const Json* properties = schema.keyword("properties");
    if (properties != nullptr && properties->is_object() && properties->contains(key))
        if (const Json* text = schema.at(properties->at(key)).keyword("description"); text && text->is_string())
            hint = text->get<std::string>().substr(0, kLongestHint);
    const std::string message = value.mapping() != nullptr
                                    ? "`" + key + "` is missing"
                                    : quotedName(value) + "has no `" + key + "`, which is needed";
    out.push_back({value.mark(), value.path() + "." + key, message, std::move(hint)});
}

void SchemaCheck::compareItems(const KnownValue& value, const SchemaView& schema, Misfits& out) {
    const auto items = value.items(types_);
    const auto bound = [&](const char* name) {
        const Json* limit = schema.keyword(name);
        return limit != nullptr && limit->is_number_unsigned() ? limit->get<std::size_t>() : std::size_t{0};
    };
    const auto least = bound("minItems"), most = bound("maxItems");
    if (value.isWritten() && items.size() < least)
        out.push_back({value.mark(),
                       value.path(),
                       quotedName(value) + "must have at least " + std::to_string(least) + " items",
                       {}});
    if (value.isWritten() && schema.keyword("maxItems") != nullptr && items.size() > most)
        out.push_back({value.mark(),
                       value.path(),
                       quotedName(value) + "must have at most " + std::to_string(most) + " items",
                       {}});
    const Json* each = schema.keyword("items");
    if (each == nullptr || !each->is_object() || schema.keyword("prefixItems") != nullptr) return;
    for (const auto& item : items) compare(item, schema.at(*each), out);
}

}  // namespace stepd::pipeline
