#pragma once

#include <string_view>

#include "base/result.h"
#include "cel/ast.h"
#include "cel/lexer.h"

namespace stepd::cel {

/// The syntax tree of `source`, macros expanded, names not resolved; or the first mistake. Recursion is bounded by
/// `options.maxDepth`, memory by `options.maxNodes`.
Result<NodePtr, SyntaxError> parse(std::string_view source, const CompileOptions& options);

}  // namespace stepd::cel
