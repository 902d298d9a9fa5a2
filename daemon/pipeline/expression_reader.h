#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cel/cel.h"
#include "pipeline/template.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// Where an expression stands; that decides which names it may use (`pipelines.md` rule 6), see place_rules.
enum class Place {
    Trigger,      ///< `if` of a trigger
    Idempotency,  ///< its `key`
    Flow,         ///< keys, `priority` and conditions of the pipeline's own flow control
    CancelOn,     ///< its `if`
    Condition,    ///< `if` of a step
    Input,
    With,      ///< of a plugin
    CoreWith,  ///< `with` of a built-in step
    WaitIf,    ///< `if` of core/wait_for_event
    Items,     ///< of `foreach`
    ItemKey,   ///< likewise
    StepFlow,  ///< keys of a step's concurrency, limiter and cache
    RetryWhen,
    Emit,
    Respond,
    Output
};

/// One expression of a file, for the checks that need the whole pipeline.
struct Site {
    Place place = Place::Condition;
    std::optional<std::size_t> step;  ///< index, if it stands in a step
    const yaml::Node* scalar = nullptr;
    std::size_t offset = 0;  ///< of the expression in the scalar's text, in bytes
    std::string path;
    cel::Program program;

    /// The place in the file of line and column (from 1) of the expression.
    yaml::Mark mark(int line, int column) const;
};

/// Compiles the expressions and templates of one file, reports what does not parse and remembers the rest. The nodes
/// must outlive it.
class ExpressionReader {
public:
    explicit ExpressionReader(yaml::Report& report) : report_(report) {}

    /// Expressions read from now on stand in this step; absent: in none.
    void enterStep(std::optional<std::size_t> step) { step_ = step; }
    /// A field that takes bare CEL. Absent if the key is, or after a finding.
    std::optional<cel::Program> bare(yaml::Reader& fields, std::string_view key, Place place);
    /// A field that takes a value with `${{ }}` inside. Absent if the key is; after a finding its value is of no use.
    std::optional<Template> templated(yaml::Reader& fields, std::string_view key, Place place);
    /// As above, for a text of our own: a default.
    Template builtIn(std::string_view expression) const;

    const std::vector<Site>& sites() const { return sites_; }

private:
    using NodePtr = std::shared_ptr<const Template::Node>;
    std::optional<cel::Program> compile(const yaml::Node& scalar, std::string_view source, std::size_t offset,
                                        const std::string& path, Place place);
    NodePtr value(const yaml::Node& node, const std::string& path, Place place);
    NodePtr text(const yaml::Node& scalar, const std::string& path, Place place);
    NodePtr object(const yaml::Node& mapping, const std::string& path, Place place);
    NodePtr list(const yaml::Node& sequence, const std::string& path, Place place);

    yaml::Report& report_;
    std::optional<std::size_t> step_;
    std::vector<Site> sites_;
};

}  // namespace stepd::pipeline
