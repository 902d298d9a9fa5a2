#include "pipeline/file_schema.h"

#include <nlohmann/json.hpp>

#include "pipeline/schema/embedded_schema.h"

namespace stepd::pipeline {
namespace {

// Keys stay in the order in which people wrote them.
using Json = nlohmann::ordered_json;

/// References inside a plugin's schema begin at its own root, which lies at `root` now.
void moveReferences(Json& schema, const std::string& root) {
    for (auto& [key, value] : schema.items()) {
        if (key == "$ref" && value.is_string() && value.get<std::string>().starts_with("#"))
            value = root + value.get<std::string>().substr(1);
        if (value.is_structured()) moveReferences(value, root);
    }
}

/// Absent (null) if the plugin's schema cannot be merged.
Json optionsSchema(const std::string& text, const std::string& root) {
    Json schema = Json::parse(text, nullptr, false);
    if (!schema.is_object()) return nullptr;
    for (const char* key : {"$schema", "$id", "required"}) schema.erase(key);
    moveReferences(schema, root);
    if (schema.contains("properties") && schema["properties"].is_object())
        for (auto& [name, option] : schema["properties"].items())
            option = Json{{"anyOf", Json::array({option, {{"$ref", "#/$defs/expression"}}})}};
    return schema;
}

void merge(Json& document, const StepOptions& plugin, std::size_t number) {
    Json& step = document["$defs"]["step"];
    for (const auto& name : plugin.uses) step["properties"]["uses"]["examples"].push_back(name);
    const std::string definition = "plugin_" + std::to_string(number);
    const std::string reference = "#/$defs/" + definition;
    Json options = optionsSchema(plugin.schema, reference);
    if (options.is_null()) return;
    document["$defs"][definition] = std::move(options);
    step["allOf"].push_back({{"if", {{"required", {"uses"}}, {"properties", {{"uses", {{"enum", plugin.uses}}}}}}},
                             {"then", {{"properties", {{"with", {{"$ref", reference}}}}}}}});
}

}  // namespace

std::string fileSchema(const std::vector<StepOptions>& plugins) {
    Json document = Json::parse(embeddedPipelineSchema());
    document["$defs"].update(Json::parse(embeddedStepSchema()).at("$defs"));
    for (std::size_t i = 0; i < plugins.size(); ++i) merge(document, plugins[i], i + 1);
    return document.dump(2) + "\n";
}

}  // namespace stepd::pipeline
