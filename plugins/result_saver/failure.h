#pragma once

#include <stepd/step.h>

#include <system_error>

namespace stepd::result_saver {

/// What a failed system call means for the step: code `enospc` and the like; `transient` where another attempt may help
/// (space, quota, descriptors, a flaky disk), else `permanent`.
Outcome outcomeOf(const std::system_error& error);

}  // namespace stepd::result_saver
