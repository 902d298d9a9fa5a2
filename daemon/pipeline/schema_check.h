#pragma once

#include <set>
#include <string>
#include <vector>

#include "pipeline/json_schema_view.h"
#include "pipeline/known_value.h"

namespace stepd::pipeline {

/// One thing that cannot fulfil a schema, whatever the expressions give.
struct SchemaMisfit {
    yaml::Mark mark;
    std::string path;
    std::string message;
    std::string hint;
};

/// Compares what a file says with a schema. `JsonSchema` validates documents; here parts of the document are known by
/// type alone or not at all, and what is not known fits. Looks at type, enum, const, bounds of numbers, texts and
/// lists, pattern, properties, required, additionalProperties, items, allOf, anyOf, oneOf and $ref; other keywords take
/// nothing away. A null fits everywhere: it stands for an option that is left out. Gives up silently after 20,000
/// comparisons. One use.
class SchemaCheck {
public:
    /// `given`: keys of the outermost object that come from elsewhere.
    SchemaCheck(const ExpressionTypes& types, std::set<std::string> given) : types_(types), given_(std::move(given)) {}

    std::vector<SchemaMisfit> check(const KnownValue& value, const SchemaView& schema);

private:
    using Misfits = std::vector<SchemaMisfit>;
    using Json = SchemaView::Json;

    void compare(const KnownValue& value, const SchemaView& schema, Misfits& out);
    void compareBranches(const KnownValue& value, const SchemaView& schema, const Json& branches, Misfits& out);
    void compareMembers(const KnownValue& value, const SchemaView& schema, Misfits& out);
    void compareItems(const KnownValue& value, const SchemaView& schema, Misfits& out);
    void reportUnknown(const KnownValue& value, const std::string& key, const Json* properties, Misfits& out);
    void reportMissing(const KnownValue& value, const SchemaView& schema, const std::string& key, Misfits& out);

    const ExpressionTypes& types_;
    const std::set<std::string> given_;
    const yaml::Node* root_ = nullptr;
    int comparisons_ = 0;
    int level_ = 0;
};

}  // namespace stepd::pipeline
