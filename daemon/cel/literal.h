#pragma once

#include "base/result.h"
#include "cel/lexer.h"
#include "cel/value.h"

namespace stepd::cel {

/// The value of an Int, Uint, Double, String or Bytes token; the reason says what is wrong with it and where.
/// With `negative`, of the number with a minus before it: only so the least int can be written.
Result<Value, SyntaxError> literalOf(const Token& token, bool negative = false);

}  // namespace stepd::cel
