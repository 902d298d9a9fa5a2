#pragma once

#include <string>

#include "base/result.h"
#include "cel/budget.h"
#include "cel/cel.h"

namespace stepd::cel {

/// What evaluating a part of an expression gives.
using Outcome = Result<Value, EvaluationError>;

inline Outcome fail(std::string message) {
    return Outcome::failure({std::move(message)});
}

inline Outcome failUsedUp() {
    return fail("the expression takes more steps or memory than an evaluation may");
}

/// A value made on the way, its memory charged.
inline Outcome charged(Value value, Budget& budget) {
    return budget.grow(value.weight()) ? Outcome(std::move(value)) : failUsedUp();
}

}  // namespace stepd::cel
