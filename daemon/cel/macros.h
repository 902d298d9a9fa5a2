#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cel/ast.h"
#include "cel/lexer.h"

namespace stepd::cel {

/// A call as it was written, before it is known whether it is a macro.
struct WrittenCall {
    std::string_view name;  ///< with its namespace: `cel.bind`
    std::size_t offset = 0;
    NodePtr receiver;  ///< null in `f(x)` and in calls of a namespace
    std::vector<NodePtr> arguments;
};

/// The macros of the language (CEL spec, "Macros"), of two-variable comprehensions, bindings and optionals.
/// Absent if the call is no macro: then `call` is as it was. The reason is a macro used wrongly.
/// The node's height is left to the caller.
std::optional<Result<Node::Form, SyntaxError>> expandMacro(WrittenCall& call);

}  // namespace stepd::cel
