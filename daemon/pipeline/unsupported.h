#pragma once

#include <initializer_list>

#include "yaml/reader.h"

namespace stepd::pipeline {

/// Keys of the language that are not run yet. They are refused, never ignored: a limit that is not kept is worse than
/// none.
constexpr std::initializer_list<const char*> kUnsupportedInPipelines = {"on_failure", "finally", "retention"};
constexpr std::initializer_list<const char*> kUnsupportedInSteps = {"foreach", "any",   "race",
                                                                    "limiter", "cache", "steps"};

void refuseUnsupported(yaml::Reader& fields, std::initializer_list<const char*> keys);

}  // namespace stepd::pipeline
