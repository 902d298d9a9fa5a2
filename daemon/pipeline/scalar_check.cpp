#include "pipeline/scalar_check.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/diagnostic.h"
#include "pipeline/expression_text.h"
#include "yaml/scalar.h"

namespace stepd::pipeline {
namespace {

using Json = SchemaView::Json;
using Kind = KnownValue::Kind;

constexpr std::size_t kLongestPattern = 1000;
constexpr std::size_t kMostShown = 12;

struct TypeWord {
    const char* word;
    const char* text;
    std::array<Kind, 2> kinds;
};
constexpr TypeWord kTypes[] = {
    {"string", "a text", {Kind::Text, Kind::Text}},   {"integer", "a whole number", {Kind::Int, Kind::Float}},
    {"number", "a number", {Kind::Int, Kind::Float}}, {"boolean", "true or false", {Kind::Bool, Kind::Bool}},
    {"array", "a list", {Kind::List, Kind::List}},    {"object", "a mapping", {Kind::Object, Kind::Object}},
    {"null", "nothing", {Kind::Null, Kind::Null}},
};

const TypeWord* typeNamed(const std::string& word) {
    const auto* found =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& row) { return row.word == word; });
    return found == std::end(kTypes) ? nullptr : found;
}

std::optional<double> numberAt(const SchemaView& schema, const char* name) {
    const Json* value = schema.keyword(name);
    return value != nullptr && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
}

bool isWhole(double value) {
    return std::trunc(value) == value;
}

std::string numberText(double value) {
    const bool plain = isWhole(value) && std::abs(value) < 1e15;
    return (plain ? Json(static_cast<std::int64_t>(value)) : Json(value)).dump();
}

/// The text that a step gets: `$${{` stands for `${{`.
std::string textOf(const yaml::Node& scalar) {
    std::string text;
    for (const auto& piece : splitExpressions(scalar.text).pieces) text += piece.text;
    return text;
}

Json jsonOf(const yaml::Node& scalar) {
    if (scalar.kind == yaml::Kind::Text) return textOf(scalar);
    const auto json = yaml::scalarJson(scalar);
    return json ? Json::parse(*json, nullptr, false) : Json();
}

std::optional<Expectation> choiceMisfit(const yaml::Node& scalar, const SchemaView& schema) {
    const Json* one = schema.keyword("const");
    const Json* choices = schema.keyword("enum");
    const Json all = one != nullptr ? Json::array({*one}) : choices != nullptr ? *choices : Json::array();
    const Json value = jsonOf(scalar);
    if (!all.is_array() || all.empty() || std::find(all.begin(), all.end(), value) != all.end()) return std::nullopt;
    std::vector<std::string> words;
    std::string list;
    for (const auto& choice : all) {
        words.push_back(choice.is_string() ? choice.get<std::string>() : choice.dump());
        if (words.size() <= kMostShown) list += (list.empty() ? "`" : ", `") + words.back() + "`";
    }
    if (words.size() > kMostShown) list += " ...";
    const std::string meant = value.is_string() ? didYouMean(value.get<std::string>(), words) : "";
    return Expectation{words.size() == 1 ? "must be " + list : "must be one of " + list,
                       meant.empty() ? "" : "did you mean `" + meant + "`?"};
}

std::optional<Expectation> numberMisfit(const yaml::Node& scalar, const SchemaView& schema) {
    const auto value = scalar.number();
    if (!value) return std::nullopt;
    const auto least = numberAt(schema, "minimum"), most = numberAt(schema, "maximum");
    if ((least && *value < *least) || (most && *value > *most)) {
        if (least && most) return Expectation{"must be between " + numberText(*least) + " and " + numberText(*most)};
        return Expectation{least ? "must be at least " + numberText(*least) : "must be at most " + numberText(*most)};
    }
    const auto above = numberAt(schema, "exclusiveMinimum"), below = numberAt(schema, "exclusiveMaximum");
    if (above && *value <= *above) return Expectation{"must be above " + numberText(*above)};
    if (below && *value >= *below) return Expectation{"must be below " + numberText(*below)};
    return std::nullopt;
}

std::size_t charactersOf(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::optional<Expectation> textMisfit(const yaml::Node& scalar, const SchemaView& schema) {
    const std::string text = textOf(scalar);
    const auto size = static_cast<double>(charactersOf(text));
    if (const auto least = numberAt(schema, "minLength"); least && size < *least)
        return Expectation{*least == 1 ? "must not be empty"
                                       : "must have at least " + numberText(*least) + " characters"};
    if (const auto most = numberAt(schema, "maxLength"); most && size > *most)
        return Expectation{"must have at most " + numberText(*most) + " characters"};
    const Json* pattern = schema.keyword("pattern");
    if (pattern == nullptr || !pattern->is_string()) return std::nullopt;
    const auto& source = pattern->get_ref<const std::string&>();
    if (source.size() > kLongestPattern) return std::nullopt;
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(1 << 20);
    const RE2 expression(source, options);
    if (!expression.ok() || RE2::PartialMatch(text, expression)) return std::nullopt;
    return Expectation{"does not have the form that is expected", "it must match `" + source + "`"};
}

}  // namespace

std::vector<std::string> typesOf(const SchemaView& schema) {
    const Json* type = schema.keyword("type");
    std::vector<std::string> words;
    if (type != nullptr && type->is_string()) words.push_back(type->get<std::string>());
    if (type != nullptr && type->is_array())
        for (const auto& word : *type)
            if (word.is_string()) words.push_back(word.get<std::string>());
    // A word that JSON Schema does not have says nothing.
    if (!std::all_of(words.begin(), words.end(), [](const auto& word) { return typeNamed(word) != nullptr; }))
        return {};
    return words;
}

bool hasType(Kind kind, const std::vector<std::string>& types) {
    return types.empty() || std::any_of(types.begin(), types.end(), [kind](const auto& word) {
               const auto& kinds = typeNamed(word)->kinds;
               return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
           });
}

std::string expectedTypes(const std::vector<std::string>& types) {
    std::vector<std::string> texts;
    for (const auto& word : types)
        if (const std::string text = typeNamed(word)->text;
            word != "null" && std::find(texts.begin(), texts.end(), text) == texts.end())
            texts.push_back(text);
    std::string out;
    for (std::size_t i = 0; i < texts.size(); ++i)
        out += (i == 0 ? "must be " : i + 1 == texts.size() ? " or " : ", ") + texts[i];
    return out.empty() ? "must be nothing" : out;
}

std::optional<Expectation> scalarMisfit(const yaml::Node& scalar, const SchemaView& schema) {
    if (auto misfit = choiceMisfit(scalar, schema)) return misfit;
    if (scalar.kind == yaml::Kind::Text) return textMisfit(scalar, schema);
    if (scalar.kind == yaml::Kind::Float && typesOf(schema) == std::vector<std::string>{"integer"})
        if (const auto value = scalar.number(); value && !isWhole(*value)) return Expectation{"must be a whole number"};
    return numberMisfit(scalar, schema);
}

}  // namespace stepd::pipeline
