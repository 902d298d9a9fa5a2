#pragma once

#include <string>

#include "ctl/client.h"

namespace stepd::ctl {

/// The text at a key, or empty where it is null or absent.
std::string textOf(const Json& object, const char* key);

enum class Detail {
    Brief,
    Whole,  ///< also what each attempt used
};

/// A run as people see it: a line for the run, one for each step with its state, attempts, time and progress, and below
/// a step that failed the reason. Ends with a newline.
std::string pictureOf(const Json& run, Detail detail = Detail::Brief);

}  // namespace stepd::ctl
