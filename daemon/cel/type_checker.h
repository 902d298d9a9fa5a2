#pragma once

#include "cel/ast.h"

namespace stepd::cel {

/// Infers the type of every node of a checked tree (CEL spec, "Gradual Type Checking"): a part that is dyn fits
/// everywhere, and what is made of it is dyn unless the overloads say more. After a mistake the part counts as dyn, so
/// that one mistake is reported once.
Typing inferTypes(const Ast& ast, const TypeEnvironment& variables);

}  // namespace stepd::cel
