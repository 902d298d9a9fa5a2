#include "cel/cel.h"

#include "base/text.h"
#include "cel/ast.h"
#include "cel/checker.h"
#include "cel/evaluator.h"
#include "cel/parser.h"
#include "cel/place.h"
#include "cel/references.h"
#include "cel/type_checker.h"

namespace stepd::cel {
namespace {

using Compiled = Result<Program, std::vector<Issue>>;

constexpr std::size_t kMostSourceBytes = 256U << 10;

Compiled refuse(std::string_view source, const SyntaxError& error) {
    const auto [line, column] = placeOf(source, error.offset);
    return Compiled::failure({{line, column, error.message, error.hint}});
}

}  // namespace

Compiled compile(std::string_view source, const CompileOptions& options) {
    if (const auto valid = validUtf8Prefix(source); valid < source.size())
        return refuse(source, {valid, "the expression is not valid UTF-8", {}});
    if (source.size() > kMostSourceBytes)
        return refuse(source, {0, "the expression is longer than " + std::to_string(kMostSourceBytes) + " bytes", {}});
    auto root = parse(source, options);
    if (!root) return refuse(source, root.error());
    auto ast = std::make_shared<Ast>();
    ast->source = source;
    ast->root = *std::move(root);
    if (auto issues = check(*ast, options); !issues.empty()) return Compiled::failure(std::move(issues));
    collectReferences(*ast);
    Program program;
    program.ast_ = std::move(ast);
    return program;
}

Result<Value, EvaluationError> Program::evaluate(const Activation& names, const EvaluateLimits& limits) const {
    return Evaluator(*ast_, names, limits).run();
}

Typing Program::types(const TypeEnvironment& variables) const {
    return inferTypes(*ast_, variables);
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
std::optional<Equality> Program::equalityWith(std::string_view root) const {
    auto parts = findEquality(*ast_, root);
    if (!parts) return std::nullopt;
    Equality equality;
    equality.path = std::move(parts->path);
    equality.value.ast_ = std::move(parts->value);
    return equality;
}

}  // namespace stepd::cel
