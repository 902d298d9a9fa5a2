#include "ctl/schema_inputs.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace stepd::ctl {
namespace {

constexpr int kTries = 50;
constexpr int kDeepest = 8;

const std::vector<std::string> kWords{"valve", "Ada", "a", "42", "straße", "x-ray", "two words", "2026-01-02"};
const std::vector<std::string> kUrls{"https://example.org/", "https://www.example.org/about?a=1&b=2",
                                     "http://example.net:8080/x/y.html", "https://example.com/caf%C3%A9"};

bool nameHas(std::string_view name, std::initializer_list<std::string_view> parts) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

/// The value of a keyword, if it is a number.
std::optional<double> limitOf(const Json& schema, const char* keyword) {
    const auto found = schema.find(keyword);
    return found == schema.end() || !found->is_number() ? std::nullopt : std::optional(found->get<double>());
}

std::size_t sizeOf(const Json& schema, const char* keyword, std::size_t otherwise) {
    const auto limit = limitOf(schema, keyword);
    return limit && *limit >= 0 && *limit < 1e6 ? static_cast<std::size_t>(*limit) : otherwise;
}

/// Somewhere inside of `json`, itself included.
Json* anyPlace(Json& json, Random& random) {
    Json* place = &json;
    while (place->is_structured() && !place->empty() && random.next() % 4 != 0)
        place = &*std::next(place->begin(), static_cast<std::ptrdiff_t>(random.next() % place->size()));
    return place;
}

}  // namespace

SchemaInputs::SchemaInputs(const std::string& schema, std::optional<Json> example, Random& random)
    : schema_(Json::parse(schema.empty() ? "{}" : schema, nullptr, false)), random_(random) {
    if (!schema_.is_object()) schema_ = Json::object();
    if (auto compiled = pipeline::JsonSchema::compile(schema_.dump())) compiled_ = std::move(*compiled);
    if (example) examples_.push_back(std::move(*example));
    if (schema_.contains("examples") && schema_["examples"].is_array())
        examples_.insert(examples_.end(), schema_["examples"].begin(), schema_["examples"].end());
    if (!schema_.contains("type") && !schema_.contains("$ref")) schema_["type"] = "object";
}

Json SchemaInputs::valid() {
    if (!examples_.empty() && (chance(30) || schema_.size() <= 1)) return oneOf(examples_);
    return made(Size::Usual);
}

Json SchemaInputs::boundary() {
    return made(Size::Extreme);
}

Json SchemaInputs::made(Size size) {
    Json last;
    for (int i = 0; i < kTries; ++i) {
        last = value(schema_, "", size, 0);
        if (!compiled_ || compiled_->validate(last.dump()).empty()) return last;
    }
    return examples_.empty() ? last : oneOf(examples_);
}

Json SchemaInputs::invalid() {
    static const std::vector<Json> kWrong{
        nullptr, true,          -1, 1.5, "", "wrong", Json::array(), Json::object(), Json::array({1, "x", nullptr}),
        1e308,   "\xEF\xBF\xBD"};
    Json json = valid();
    if (json.is_object() && !json.empty() && chance(40)) {
        auto gone = std::next(json.begin(), static_cast<std::ptrdiff_t>(random_.next() % json.size()));
        json.erase(gone);
        return json;
    }
    *anyPlace(json, random_) = oneOf(kWrong);
    return json;
}

std::vector<std::string> SchemaInputs::hostile() {
    const auto nested = [](std::size_t depth) {
        std::string deep;
        for (std::size_t i = 0; i < depth; ++i) deep += R"({"a":[)";
        deep += "1";
        for (std::size_t i = 0; i < depth; ++i) deep += "]}";
        return deep;
    };
    std::vector<std::string> texts{"null",
                                   "true",
                                   "0",
                                   "-0.0",
                                   "\"text\"",
                                   "[]",
                                   "{}",
                                   "[[[]]]",
                                   "1e400",
                                   R"({"":""})",
                                   R"({"a":1,"a":2})",
                                   R"("\ud83d\ude00 \u202e \u0000 \ufeff")",
                                   R"(123456789012345678901234567890)",
                                   nested(30)};
    Json many = Json::object();
    for (int i = 0; i < 10'000; ++i) many["key" + std::to_string(i)] = i;
    texts.push_back(many.dump());
    const std::vector<std::string> strange{std::string(1 << 20, 'x'),
                                           std::string("nul\0inside", 10),
                                           "\xE2\x80\xAE reversed \xF0\x9F\x98\x80 e\xCC\x81",
                                           "../../../etc/passwd",
                                           "'; DROP TABLE x; --",
                                           "%s%s%n",
                                           "{{7*7}}",
                                           "<script>alert(1)</script>",
                                           "http://[::1]:99999/\r\nHost: x"};
    for (const std::string& odd : strange) {
        Json json = valid();
        bool changed = false;
        for (auto& [key, item] : json.is_object() ? json.items() : Json::object().items())
            if (item.is_string()) item = odd, changed = true;
        texts.push_back(changed ? json.dump() : Json{{"text", odd}}.dump());
    }
    return texts;
}

const Json& SchemaInputs::resolved(const Json& schema) const {
    const Json* at = &schema;
    for (int i = 0; i < kDeepest && at->is_object() && at->contains("$ref") && (*at)["$ref"].is_string(); ++i) {
        const auto reference = (*at)["$ref"].get<std::string>();
        if (!reference.starts_with('#')) break;
        try {
            at = &schema_.at(Json::json_pointer(reference.substr(1)));
        } catch (const Json::exception&) {
            break;
        }
    }
    return *at;
}

Json SchemaInputs::value(const Json& from, std::string_view name, Size size, int depth) {
    const Json& schema = resolved(from);
    if (!schema.is_object() || depth > kDeepest) return nullptr;
    if (schema.contains("const")) return schema["const"];
    if (schema.contains("enum") && schema["enum"].is_array() && !schema["enum"].empty())
        return schema["enum"][random_.next() % schema["enum"].size()];
    if (schema.contains("default") && chance(20)) return schema["default"];
    if (depth > 0 && schema.contains("examples") && schema["examples"].is_array() && !schema["examples"].empty() &&
        chance(50))
        return schema["examples"][random_.next() % schema["examples"].size()];
    for (const char* key : {"anyOf", "oneOf"})
        if (schema.contains(key) && schema[key].is_array() && !schema[key].empty())
            return value(schema[key][random_.next() % schema[key].size()], name, size, depth + 1);
    if (schema.contains("allOf") && schema["allOf"].is_array()) {
        Json merged = schema;
        merged.erase("allOf");
        for (const Json& part : schema["allOf"]) merged.merge_patch(resolved(part));
        return value(merged, name, size, depth + 1);
    }
    std::vector<std::string> types;
    if (schema.contains("type") && schema["type"].is_array())
        for (const Json& type : schema["type"]) types.push_back(type.is_string() ? type.get<std::string>() : "null");
    else if (schema.contains("type") && schema["type"].is_string())
        types.push_back(schema["type"].get<std::string>());
    if (types.empty())
        types.emplace_back(schema.contains("properties") ? "object" : oneOf(kWords).size() % 2 ? "string" : "integer");
    return typed(oneOf(types), schema, name, size, depth);
}

Json SchemaInputs::typed(const std::string& type, const Json& schema, std::string_view name, Size size, int depth) {
    if (type == "object") return object(schema, size, depth);
    if (type == "array") return array(schema, name, size, depth);
    if (type == "string") return text(schema, name, size);
    if (type == "integer") return number(schema, size, true);
    if (type == "number") return number(schema, size, false);
    if (type == "boolean") return chance(50);
    return nullptr;
}

Json SchemaInputs::object(const Json& schema, Size size, int depth) {
    Json out = Json::object();
    const Json required = schema.value("required", Json::array());
    if (schema.contains("properties") && schema["properties"].is_object())
        for (const auto& [key, part] : schema["properties"].items()) {
            const bool must = std::find(required.begin(), required.end(), key) != required.end();
            if (must || chance(size == Size::Extreme ? 20 : 60)) out[key] = value(part, key, size, depth + 1);
        }
    const Json more = schema.value("additionalProperties", Json(true));
    if (more.is_object()) {
        for (std::uint64_t i = random_.next() % 3; i > 0; --i) out[oneOf(kWords)] = value(more, "", size, depth + 1);
    } else if (more == true && chance(20)) {
        out["unknown_" + oneOf(kWords)] = oneOf(kWords);
    }
    return out;
}

Json SchemaInputs::array(const Json& schema, std::string_view name, Size size, int depth) {
    const std::size_t least = sizeOf(schema, "minItems", 0),
                      most = sizeOf(schema, "maxItems", size == Size::Extreme ? 200 : 4);
    std::size_t count = least + (most > least ? random_.next() % (most - least + 1) : 0);
    if (size == Size::Extreme) count = chance(50) || depth > 2 ? least : most;
    const Json items = schema.value("items", Json::object());
    Json out = Json::array();
    for (std::size_t i = 0; i < count; ++i) out.push_back(value(items, name, size, depth + 1));
    return out;
}

Json SchemaInputs::number(const Json& schema, Size size, bool whole) {
    const double step = whole ? 1 : 0.5;
    auto least = limitOf(schema, "minimum"), most = limitOf(schema, "maximum");
    if (const auto above = limitOf(schema, "exclusiveMinimum")) least = *above + step;
    if (const auto below = limitOf(schema, "exclusiveMaximum")) most = *below - step;
    if (size == Size::Extreme && chance(70)) {
        if (least && chance(50)) return whole ? Json(static_cast<std::int64_t>(*least)) : Json(*least);
        if (most) return whole ? Json(static_cast<std::int64_t>(*most)) : Json(*most);
        using Limits = std::numeric_limits<std::int64_t>;
        static const std::vector<Json> kWhole{
            0, -1, 1, 255, 256, Limits::max(), Limits::min(), 2147483648, 9007199254740993};
        static const std::vector<Json> kReal{0.0, -0.0, 1e-308, 1e308, -1e308, 0.1, 4503599627370497.5};
        return whole ? oneOf(kWhole) : oneOf(kReal);
    }
    const double from = least.value_or(std::min(0.0, most.value_or(0.0) - 100)), to = most.value_or(from + 100);
    const double drawn = from + random_.unit() * (to - from);
    return whole ? Json(static_cast<std::int64_t>(std::floor(drawn))) : Json(drawn);
}

std::string SchemaInputs::text(const Json& schema, std::string_view name, Size size) {
    const std::string format = schema.value("format", "");
    if (format == "date-time") return "2026-01-02T03:04:05Z";
    if (format == "date") return "2026-01-02";
    if (format == "email" || nameHas(name, {"email"})) return "ada@example.org";
    const std::size_t least = sizeOf(schema, "minLength", 0), most = sizeOf(schema, "maxLength", 4000);
    if (size == Size::Extreme) {
        static const std::vector<std::string> kLetters{"x", "\xC3\xA9", "\xF0\x9F\x98\x80", "\\", "\""};
        const std::string& letter = oneOf(kLetters);
        std::string out;
        for (std::size_t i = chance(50) ? least : most; i > 0; --i) out += letter;
        return out;
    }
    if (format == "uri" || format == "url" || nameHas(name, {"url", "website", "link", "href", "uri"}))
        return oneOf(kUrls);
    if (format == "hostname" || nameHas(name, {"domain", "host"}))
        return chance(50) ? "example.org" : "www.example.net";
    std::string out = oneOf(kWords);
    while (out.size() < least) out += oneOf(kWords);
    return out.substr(0, std::max<std::size_t>(most, 1));
}

}  // namespace stepd::ctl
