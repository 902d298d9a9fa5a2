#pragma once

#include "cel/ast.h"
#include "cel/outcome.h"

namespace stepd::cel {

/// `+`, `<=`, `in`.
const char* symbolOf(Operator op);

/// CEL spec, "List of Standard Definitions": arithmetic with overflow checks, concatenation, comparison, membership.
/// Numbers of different kinds compare and are equal by value, but are not added to each other.
Outcome applyBinary(Operator op, const Value& left, const Value& right, Budget& budget);

Outcome applyNegate(const Value& of);

/// `of[at]`; fails where there is nothing. On an optional it gives an optional.
Outcome applyIndex(const Value& of, const Value& at);

/// `of[?at]`: an optional, none where there is nothing.
Outcome applyOptionalIndex(const Value& of, const Value& at);

}  // namespace stepd::cel
