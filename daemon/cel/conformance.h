#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepd::cel {

/// What became of one case.
struct CaseOutcome {
    std::string suite;  ///< `basic/self_eval_zeroish`
    std::string name;
    std::string expression;
    std::string problem;  ///< one sentence; empty: it passed
    /// The case has a value although its types do not fit: one of those for the CEL spec's unchecked expressions.
    bool untyped = false;
};

/// Runs cases in the form of the CEL project's conformance suite (github.com/google/cel-spec, tests/simple): a JSON
/// array of {suite, name, expr, value or error: true} and, where needed, bindings, container, disable_macros. Values
/// are protobuf's JSON of `cel.expr.Value`. A case passes if the expression gives the very value, of the kind that its
/// static type promises, or fails where it should. Throws Error (InvalidArgument) where the text has another form.
std::vector<CaseOutcome> runCases(std::string_view json);

}  // namespace stepd::cel
