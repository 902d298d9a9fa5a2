#pragma once

#include "host/plugin_spec.h"
#include "model/outcome.h"

namespace stepd::host {

/// A worker's answer to CallKind::Health. No answer in time, or none that makes sense, is Unhealthy.
PluginHealth readHealth(const StepResult& result);

}  // namespace stepd::host
