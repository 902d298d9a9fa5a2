#pragma once

#include <map>
#include <string>

#include "rehearsal/test_file.h"
#include "yaml/reader.h"

namespace stepd::rehearsal {

/// Reads `NAME: [ANSWER, ...]`, or `NAME: ANSWER` for all calls. An answer is `return: JSON`, `error: {class, code,
/// message, details, retry_after}`, `skip: REASON`, `crash: true` or `hang: true`, each with `takes: DURATION`.
std::map<std::string, Script> readScripts(const yaml::Node& node, const std::string& path, yaml::Report& report);

}  // namespace stepd::rehearsal
