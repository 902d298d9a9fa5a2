#include "cel/cel.h"

namespace stepd::cel {

struct Ast {
    std::string source;
    std::vector<Reference> references;
    std::optional<Reference> path;
};

// TODO(cel): the parser and the evaluator end this.
Result<Value, EvaluationError> Program::evaluate(const Activation&, const EvaluateLimits&) const {
    return Result<Value, EvaluationError>::failure({"expressions are not evaluated yet"});
}

const std::string& Program::source() const {
    return ast_->source;
}
const std::vector<Reference>& Program::references() const {
    return ast_->references;
}
const std::optional<Reference>& Program::asPath() const {
    return ast_->path;
}

Result<Program, std::vector<Issue>> compile(std::string_view, const CompileOptions&) {
    return Result<Program, std::vector<Issue>>::failure({{1, 1, "expressions are not compiled yet", ""}});
}

}  // namespace stepd::cel
