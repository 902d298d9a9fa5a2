#pragma once

#include <map>
#include <string>

#include "base/time.h"
#include "cel/value.h"
#include "ctl/client.h"

namespace stepd::ctl {

/// Names for an evaluation, bound as the engine binds them.
using EvalNames = std::map<std::string, cel::Value>;

/// `event`, from {name, data, id, ts, user} as one sends it: `ts` in milliseconds or RFC 3339, `now` if it is missing.
/// Throws Refused if it is no event.
EvalNames namesOfEvent(const Json& event, Timestamp now);

/// `event`, `steps` and `run`, from the daemon's answers about a run and its event; null if it has none.
EvalNames namesOfRun(const Json& run, const Json& event);

}  // namespace stepd::ctl
