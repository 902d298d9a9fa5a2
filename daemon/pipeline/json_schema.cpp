#include "pipeline/json_schema.h"

#include <re2/re2.h>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <array>

#include "json/json_text.h"
#include "pipeline/reference_loops.h"

namespace stepd::pipeline {
namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

/// Our name of the keyword `pattern`. valijson would run it with std::regex, whose stack grows with the text: a long
/// body ends the process. So the keyword is renamed and run by RE2.
constexpr const char* kPattern = "stepd:pattern";

/// A pattern in the clothes of the value that `const` compares with: the one place where valijson hands the value at
/// hand to code of others.
class FrozenPattern final : public valijson::adapters::FrozenValue {
public:
    explicit FrozenPattern(std::shared_ptr<const RE2> expression) : expression_(std::move(expression)) {}
    FrozenValue* clone() const override { return new FrozenPattern(expression_); }
    bool equalTo(const valijson::adapters::Adapter& value, bool) const override {
        return !value.isString() || RE2::PartialMatch(value.asString(), *expression_);
    }

private:
    std::shared_ptr<const RE2> expression_;
};

class PatternAdapter final : public Adapter {
public:
    explicit PatternAdapter(std::shared_ptr<const RE2> expression) : expression_(std::move(expression)) {}
    valijson::adapters::FrozenValue* freeze() const override { return new FrozenPattern(expression_); }

private:
    std::shared_ptr<const RE2> expression_;
};

class PatternBuilder final : public valijson::ConstraintBuilder {
public:
    valijson::constraints::Constraint* make(const valijson::adapters::Adapter& pattern) const override {
        auto constraint = std::make_unique<valijson::constraints::ConstConstraint>();
        constraint->setValue(PatternAdapter(std::make_shared<const RE2>(pattern.asString(), RE2::Quiet)));
        return constraint.release();
    }
};

/// Makes a schema fit for valijson and refuses what would be checked in another way than it says.
class SchemaRewriter {
public:
    std::string problem;

    void rewrite(Json& schema) {
        if (!schema.is_object()) return;
        if (schema.contains("$ref")) checkReference(schema["$ref"]);
        if (schema.contains("patternProperties")) problem = "`patternProperties` is not supported";
        // Only an annotation (RFC draft-handrews-json-schema-validation-01 section 7.2); valijson runs it with
        // std::regex.
        schema.erase("format");
        // So that a failed `const` is always a pattern.
        if (schema.contains("const")) {
            schema["enum"] = Json::array({schema["const"]});
            schema.erase("const");
        }
        takePattern(schema);
        for (const char* key : {"properties", "definitions", "$defs", "dependencies"})
            if (schema.contains(key) && schema[key].is_object())
                for (auto& inner : schema[key]) rewrite(inner);
        for (const char* key : {"items", "additionalItems", "additionalProperties", "propertyNames", "contains", "not",
                                "if", "then", "else", "allOf", "anyOf", "oneOf"})
            if (schema.contains(key)) rewriteAll(schema[key]);
    }

private:
    /// Elsewhere in the document a reference could reach what is not rewritten.
    void checkReference(const Json& reference) {
        const std::string text = reference.is_string() ? reference.get<std::string>() : "";
        if (text != "#" && !text.starts_with("#/definitions/") && !text.starts_with("#/$defs/"))
            problem = "`$ref` must be #, or reach into #/definitions or #/$defs of this file";
    }

    void rewriteAll(Json& schemas) {
        if (!schemas.is_array()) return rewrite(schemas);
        for (auto& schema : schemas) rewrite(schema);
    }

    void takePattern(Json& schema) {
        if (!schema.contains("pattern")) return;
        if (!schema["pattern"].is_string()) {
            problem = "`pattern` must be a text";
            return;
        }
        const RE2 expression(schema["pattern"].get<std::string>(), RE2::Quiet);
        if (!expression.ok())
            problem = "the pattern `" + expression.pattern() + "` is not known to RE2: " + expression.error();
        schema[kPattern] = schema["pattern"];
        schema.erase("pattern");
    }
};

/// `["<root>", "[links]", "[0]"]` as `/links/0`.
std::string toPointer(const std::vector<std::string>& context) {
    std::string pointer;
    for (std::size_t i = 1; i < context.size(); ++i) {
        pointer += '/';
        for (const char c : context[i].substr(1, context[i].size() - 2))
            pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return pointer;
}

/// Words that only say that something below is wrong, which stands in the list by itself.
bool isSummary(const std::string& text) {
    constexpr std::array kStarts = {"Failed to validate against schema associated with", "Failed to validate item #",
                                    "Failed to validate against child schema",
                                    "Failed to validate against additional properties",
                                    "Failed to validate against dependent schema"};
    return std::any_of(kStarts.begin(), kStarts.end(), [&text](const char* start) { return text.starts_with(start); });
}

/// The text between the first and the last quote.
std::string quoted(const std::string& text) {
    const std::size_t first = text.find('\'');
    const std::size_t last = text.rfind('\'');
    return last > first ? text.substr(first + 1, last - first - 1) : "";
}

SchemaFinding toFinding(const valijson::ValidationResults::Error& error) {
    const std::string& text = error.description;
    SchemaFinding finding{toPointer(error.context), text};
    if (text.starts_with("Missing required property")) {
        finding.pointer += "/" + quoted(text);
        finding.message = "is required";
    } else if (text.starts_with("Object contains a property")) {
        std::string name = text.substr(text.find(": '") + 3);
        finding.pointer += "/" + name.substr(0, name.rfind('\''));
        finding.message = "is not known here";
    } else if (text.find("'const' constraint") != std::string::npos) {
        finding.message = "does not have the expected form";
    } else if (text.find("'type' constraint") != std::string::npos) {
        finding.message = "has the wrong type";
    } else if (text.starts_with("Failed to match against any enum")) {
        finding.message = "is none of the allowed values";
    }
    return finding;
}

}  // namespace

struct JsonSchema::Compiled {
    valijson::Schema schema;
};

Result<JsonSchema, std::string> JsonSchema::compile(std::string_view text) {
    using Compilation = Result<JsonSchema, std::string>;
    const auto checked = json::check(text);
    if (checked.kind && checked.kind != json::Kind::Object) return Compilation::failure("a schema is a JSON object");
    if (!checked.kind) return Compilation::failure("a schema is a JSON object, and this is " + checked.problem.message);
    Json document = Json::parse(text, nullptr, false);
    if (!document.is_object()) return Compilation::failure("a schema is a JSON object");
    if (const auto endless = endlessReference(document))
        return Compilation::failure("the `$ref` `" + *endless + "` leads back to itself");
    SchemaRewriter rewriter;
    rewriter.rewrite(document);
    if (!rewriter.problem.empty()) return Compilation::failure(rewriter.problem);
    auto compiled = std::make_shared<Compiled>();
    try {
        valijson::SchemaParser parser;
        parser.addConstraintBuilder(kPattern, new PatternBuilder);
        parser.populateSchema(Adapter(document), compiled->schema);
    } catch (const std::exception& problem) {
        return Compilation::failure(problem.what());
    }
    return JsonSchema(std::move(compiled));
}

std::vector<SchemaFinding> JsonSchema::validate(std::string_view json) const {
    const Json document = Json::parse(json, nullptr, false);
    if (document.is_discarded()) return {{"", "is not JSON"}};
    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(compiled_->schema, Adapter(document), &results)) return {};
    std::vector<SchemaFinding> findings;
    for (const auto& error : results)
        if (!isSummary(error.description)) findings.push_back(toFinding(error));
    if (findings.empty()) findings.push_back({"", "does not fulfil the schema"});
    return findings;
}

}  // namespace stepd::pipeline
