#pragma once

#include <optional>

#include "cel/ast.h"
#include "cel/outcome.h"

namespace stepd::cel {

/// `+ - * / %` on numbers of one kind, text, bytes, lists, timestamps and durations. Absent if there is no such
/// operation.
std::optional<Outcome> applyArithmetic(Operator op, const Value& left, const Value& right, Budget& budget);

}  // namespace stepd::cel
