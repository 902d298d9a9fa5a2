#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace stepd::pipeline {

/// A place in a JSON Schema, for those who look at it piece by piece: `JsonSchema` validates whole documents. Schemas
/// of plugins are foreign: see `read` for their limits; what exceeds them counts as not said. Cheap to copy; shares the
/// document; thread-safe.
class SchemaView {
public:
    using Json = nlohmann::ordered_json;

    /// Absent if `text` is no JSON object, has more than 256 KiB, 64 levels or 20,000 values.
    static std::optional<SchemaView> read(std::string_view text);

    /// The value of a keyword, null if it is not there. Behind `$ref`, which may point anywhere into the document;
    /// keywords beside a `$ref` are not seen (draft 7, section 8.3), and a chain of more than 32 leads to nothing.
    const Json* keyword(const char* name) const;
    /// A schema that stands in this one.
    SchemaView at(const Json& schema) const { return {document_, &schema}; }

private:
    SchemaView(std::shared_ptr<const Json> document, const Json* schema);
    std::shared_ptr<const Json> document_;
    const Json* schema_ = nullptr;  ///< behind all references; null if they lead to nothing
};

}  // namespace stepd::pipeline
