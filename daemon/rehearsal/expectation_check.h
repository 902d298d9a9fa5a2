#pragma once

#include <string>
#include <vector>

#include "rehearsal/observation.h"
#include "rehearsal/test_file.h"

namespace stepd::rehearsal {

/// One line for each thing that is not as expected: `steps.website.attempts: expected 3, was 2`. Times are equal within
/// a millisecond. A run that has not ended is a difference unless its state is expected, or the case is played `for` a
/// time.
std::vector<std::string> differencesOf(const TestCase& one, const Observation& seen);

/// {class, code, message, details} of a step's error as JSON text.
std::string errorJson(const StepError& error);

}  // namespace stepd::rehearsal
