#include "ctl/schema_check.h"

#include <vector>

#include "ctl/client.h"
#include "pipeline/json_schema.h"

namespace stepd::ctl {
namespace {

class SchemaCheck {
public:
    SchemaCheck(std::string file, std::string what, Diagnostics& findings)
        : file_(std::move(file)), what_(std::move(what)), findings_(findings) {}

    void check(const std::string& text) {
        if (const auto compiled = pipeline::JsonSchema::compile(text); !compiled)
            return add(Severity::Error, "", "is no JSON Schema that can be used: " + compiled.error(),
                       "see json-schema.org; $ref reaches only inside of the schema");
        root_ = Json::parse(text, nullptr, false);
        if (root_.value("type", Json()) != "object" && !root_.contains("$ref"))
            add(Severity::Warning, "", "does not say \"type\": \"object\"", "steps are given and give objects");
        visit(root_, "", 0);
        if (undescribed_.empty()) return;
        std::string names;
        for (const std::string& name : undescribed_) names += (names.empty() ? "" : ", ") + name;
        add(Severity::Warning, "", "has no description of " + names,
            "one sentence each, with the unit: editors and the dashboard show it to those who write pipelines");
    }

private:
    static constexpr int kDeepest = 64;

    void add(Severity severity, const std::string& pointer, const std::string& message, const std::string& hint) {
        findings_.push_back({.severity = severity,
                             .file = file_,
                             .path = pointer,
                             .message = what_ + (pointer.empty() ? "" : " at " + pointer) + " " + message,
                             .hint = hint});
    }

    void visit(const Json& schema, const std::string& pointer, int depth) {
        if (!schema.is_object() || depth > kDeepest) return;
        checkValues(schema, pointer);
        for (const char* key : {"properties", "definitions", "$defs"}) {
            if (!schema.contains(key) || !schema[key].is_object()) continue;
            for (const auto& [name, part] : schema[key].items()) {
                const std::string where = pointer + "/" + key + "/" + name;
                if (key == std::string_view("properties") && part.is_object() && !part.contains("description") &&
                    !part.contains("$ref"))
                    undescribed_.push_back(name);
                visit(part, where, depth + 1);
            }
        }
        for (const char* key : {"items", "additionalProperties", "not"})
            if (schema.contains(key)) visit(schema[key], pointer + "/" + key, depth + 1);
        for (const char* key : {"anyOf", "oneOf", "allOf"})
            if (schema.contains(key) && schema[key].is_array())
                for (std::size_t i = 0; i < schema[key].size(); ++i)
                    visit(schema[key][i], pointer + "/" + key + "/" + std::to_string(i), depth + 1);
    }

    /// `default` and `examples` must be what the schema beside them allows.
    void checkValues(const Json& schema, const std::string& pointer) {
        std::vector<std::pair<std::string, Json>> values;
        if (schema.contains("default")) values.emplace_back("default", schema["default"]);
        if (schema.contains("examples") && schema["examples"].is_array())
            for (const Json& example : schema["examples"]) values.emplace_back("example", example);
        if (values.empty()) return;
        Json part = schema;
        for (const char* key : {"definitions", "$defs"})
            if (root_.contains(key)) part[key] = root_[key];
        const auto compiled = pipeline::JsonSchema::compile(part.dump());
        if (!compiled) return;
        for (const auto& [name, value] : values)
            if (const auto wrong = compiled->validate(value.dump()); !wrong.empty())
                add(name == "default" ? Severity::Error : Severity::Warning, pointer,
                    "has the " + name + " " + value.dump() +
                        ", which it does not allow itself: " + wrong.front().message,
                    "change the " + name + " or the schema");
    }

    const std::string file_, what_;
    Diagnostics& findings_;
    Json root_;
    std::vector<std::string> undescribed_;
};

}  // namespace

Diagnostics checkDescription(const std::string& file, const host::PluginDescription& plugin) {
    Diagnostics findings;
    const auto warn = [&](std::string message, std::string hint) {
        findings.push_back({.severity = Severity::Warning,
                            .file = file,
                            .path = {},
                            .message = std::move(message),
                            .hint = std::move(hint)});
    };
    if (plugin.license.empty())
        warn("says nothing of a licence",
             "put its SPDX name into the manifest, such as Apache-2.0 or LicenseRef-Proprietary");
    if (plugin.version.empty()) warn("says nothing of its version", "put it into the manifest: 1.0.0");
    std::string bare;
    for (const auto& step : plugin.steps) {
        const std::string of = "the step " + step.type + ": its ";
        if (step.summary.empty()) warn(of + "summary is missing", "one sentence on what it does, for lists");
        if (step.inputSchema.empty() || step.outputSchema.empty()) bare += (bare.empty() ? "" : ", ") + step.type;
        for (const auto& [name, schema] :
             {std::pair("input schema", step.inputSchema), std::pair("output schema", step.outputSchema),
              std::pair("options' schema", step.configSchema)})
            if (!schema.empty()) SchemaCheck(file, of + name, findings).check(schema);
    }
    if (!bare.empty())
        warn("has no schema of the input or the output of " + bare +
                 ": mistakes are found in runs, not when pipelines load",
             "derive from stepd::TypedStep, which makes them, or put JSON Schema into the manifest");
    return findings;
}

}  // namespace stepd::ctl
