#pragma once

#include "cel/ast.h"

namespace stepd::cel {

/// Fills `ast.references` and `ast.path` from the checked tree.
void collectReferences(Ast& ast);

}  // namespace stepd::cel
