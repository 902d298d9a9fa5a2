#pragma once

#include <vector>

#include "cel/ast.h"

namespace stepd::cel {

/// Resolves the names of a parsed expression: variables of macros to slots, types to values, other names to the
/// variables that may be meant (CEL spec, "Name Resolution"), calls to functions. Compiles constant patterns. Fills
/// `ast.slots`, and returns everything that is wrong.
std::vector<Issue> check(Ast& ast, const CompileOptions& options);

}  // namespace stepd::cel
