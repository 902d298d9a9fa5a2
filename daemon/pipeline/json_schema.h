#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stepd::pipeline {

/// One thing a document does not fulfil.
struct SchemaFinding {
    std::string pointer;  ///< RFC 6901, of the value at fault: `/company_website`; empty: the document
    std::string message;  ///< one sentence
};

/// A compiled JSON Schema (draft 7). Immutable, cheap to copy, thread-safe.
class JsonSchema {
public:
    /// The reason why `text` is no schema that can be used: one of at most 64 levels and 100,000 values. `$ref` reaches
    /// inside the document alone: nothing is fetched.
    static Result<JsonSchema, std::string> compile(std::string_view text);
    /// All findings, none if `json` fulfils the schema. Of each value only the most exact finding.
    std::vector<SchemaFinding> validate(std::string_view json) const;

private:
    struct Compiled;
    explicit JsonSchema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
    std::shared_ptr<const Compiled> compiled_;
};

}  // namespace stepd::pipeline
