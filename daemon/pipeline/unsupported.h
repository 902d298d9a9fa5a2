#pragma once

#include <initializer_list>

#include "yaml/reader.h"

namespace stepd::pipeline {

/// Keys of the language that are not run yet. They are refused, never ignored: a limit that is not kept is worse than
/// none.
constexpr std::initializer_list<const char*> kUnsupportedInPipelines = {
    "concurrency", "throttle", "rate_limit", "debounce", "batch",
    "singleton",   "priority", "cancel_on",  "timeouts", "retention"};
constexpr std::initializer_list<const char*> kUnsupportedInTriggers = {"cron", "timezone", "jitter"};

void refuseUnsupported(yaml::Reader& fields, std::initializer_list<const char*> keys);

}  // namespace stepd::pipeline
