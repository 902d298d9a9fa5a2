#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepd::pipeline {

/// Fit to stand in `steps.ID.output`: a letter or `_`, then letters, digits and `_`, at most 64; no word of CEL.
bool isStepId(std::string_view text);
/// Fit for URLs and limiter keys: letters, digits, `.`, `_` and `-`, the first a letter or a digit, at most 64.
bool isPipelineId(std::string_view text);
/// Letters, digits and `. _ - / :`, at most 128; a pattern may have `*` too.
bool isEventName(std::string_view text);
bool isEventPattern(std::string_view text);

/// A hint: "did you mean `x`?", or empty if none of the known words is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace stepd::pipeline
