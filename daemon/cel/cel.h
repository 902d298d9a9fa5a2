#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/type.h"
#include "cel/value.h"

namespace stepd::cel {

struct Ast;

/// Where names get their values. Thread rule of the implementation; called during `evaluate` only.
class Activation {
public:
    virtual ~Activation() = default;
    /// Absent if the name is unknown: an evaluation error.
    virtual std::optional<Value> find(std::string_view name) const = 0;
};

/// A mistake in the text of an expression. Lines and columns are from 1, columns in characters.
struct Issue {
    int line = 1;
    int column = 1;
    std::string message;
    std::string hint;
};

struct CompileOptions {
    bool macros = true;
    std::string container;                          ///< CEL spec, "Name Resolution"
    std::optional<std::vector<std::string>> roots;  ///< known variables; absent: any name is accepted
    /// Unknown functions and wrong numbers of arguments fail when evaluated instead (the CEL spec's unchecked
    /// expressions).
    bool lateBinding = false;
    std::size_t maxDepth = 64;
    std::size_t maxNodes = 10'000;
};

struct EvaluateLimits {
    /// AST nodes visited and rounds of macros; comparing and searching long texts and lists counts more.
    std::size_t steps = 1'000'000;
    /// Of all strings, lists and maps made on the way, by `Value::weight`: what they share is counted each time. A
    /// value taken from the variables as it is costs nothing.
    std::size_t resultBytes = 8U << 20;
};

struct EvaluationError {
    std::string message;
};

/// `steps.validate.output.x` gives root `steps` and fields {validate, output, x}: the longest chain of constant
/// selections.
struct Reference {
    std::string root;
    std::vector<std::string> fields;
    int line = 1;
    int column = 1;
};

/// What is known of an expression's values.
struct Typing {
    Type result;
    std::vector<Issue> mistakes;  ///< calls that no overload takes, fields that an object does not have
};

struct Equality;

/// A compiled expression. Immutable, cheap to copy, thread-safe.
class Program {
public:
    /// CEL spec (github.com/google/cel-spec), without protobuf messages.
    Result<Value, EvaluationError> evaluate(const Activation& names, const EvaluateLimits& limits = {}) const;
    /// Checks the types of all parts, given those of the variables (CEL spec, "Gradual Type Checking"): what is dyn
    /// fits everywhere, so JSON documents need no types. Reports every mistake.
    Typing types(const TypeEnvironment& variables) const;
    const std::string& source() const;
    /// Every use of a variable that is not bound by a macro.
    const std::vector<Reference>& references() const;
    /// Set if the whole expression is one chain of constant selections and nothing else: then its value may be taken
    /// from a document as bytes, without parsing it.
    const std::optional<Reference>& asPath() const;
    /// The first `root.a.b == value` (or the other way round) without which the expression is not true: all of it, or
    /// an operand of the `&&` that it is; `value` does not use `root`. Absent if there is none.
    std::optional<Equality> equalityWith(std::string_view root) const;

private:
    friend Result<Program, std::vector<Issue>> compile(std::string_view, const CompileOptions&);
    std::shared_ptr<const Ast> ast_;
};

struct Equality {
    std::vector<std::string> path;  ///< below the root: {a, b}
    Program value;                  ///< its `source` is the whole expression
};

/// Parses and checks: syntax, unknown roots, unknown functions, wrong numbers of arguments, constant patterns. The
/// first mistake of syntax ends it; all others are reported together.
Result<Program, std::vector<Issue>> compile(std::string_view source, const CompileOptions& options = {});

}  // namespace stepd::cel
