#pragma once

#include "base/diagnostic.h"
#include "ctl/client.h"

namespace stepd::ctl {

Json toJson(const Diagnostics& findings);
/// From the daemon's answer.
Diagnostics findingsOf(const Json& list);

/// To standard output, as JSON or a line each.
void print(const Diagnostics& findings, bool json);

}  // namespace stepd::ctl
