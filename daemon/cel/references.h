#pragma once

#include "cel/ast.h"

namespace stepd::cel {

/// Fills `ast.references` and `ast.path` from the checked tree.
void collectReferences(Ast& ast);

/// `root.a.b == value`, where `value` does not use the root.
struct EqualityParts {
    std::vector<std::string> path;
    std::shared_ptr<const Ast> value;
};
/// The first that must hold for the expression to be true: the whole of it, or an operand of its `&&`.
std::optional<EqualityParts> findEquality(const Ast& ast, std::string_view root);

}  // namespace stepd::cel
