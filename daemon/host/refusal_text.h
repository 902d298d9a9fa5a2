#pragma once

#include <string>

#include "host/refusal.h"

namespace stepd::host {

/// `tried to start a program (execve), which its sandbox refuses; grant: {exec: true} of plugins.NAME in stepd.yaml
/// would allow it`: the rest of a sentence that begins with who did.
std::string describeRefusal(const Refusal& refusal, const std::string& plugin);

}  // namespace stepd::host
