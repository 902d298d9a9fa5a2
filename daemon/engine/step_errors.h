#pragma once

#include <string>
#include <string_view>

#include "model/outcome.h"

namespace stepd::engine {

/// `what` could not be evaluated.
inline StepError expressionError(const std::string& what, const std::string& problem) {
    return {.outcome = OutcomeClass::InvalidInput,
            .code = "expression_error",
            .message = what + " could not be evaluated: " + problem,
            .details = {},
            .retryAfter = {}};
}

/// Why a step is skipped.
inline StepError skipReason(std::string_view code, std::string sentence) {
    return {.outcome = OutcomeClass::Skipped,
            .code = std::string(code),
            .message = std::move(sentence),
            .details = {},
            .retryAfter = {}};
}

}  // namespace stepd::engine
