#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/access_control.h"
#include "api/admission_gate.h"
#include "api/backend.h"
#include "config/daemon_config.h"
#include "engine/scheduler.h"
#include "host/plugin_spec.h"
#include "host/swap.h"
#include "outbound/connector.h"
#include "outbound/guard.h"

namespace stepd::app {

// From what people wrote to what the modules take. Modules of one layer do not know each other, so their words are
// matched here.

outbound::GuardOptions guardOptions(const config::OutboundConfig& config);
outbound::ConnectorOptions connectorOptions(const config::OutboundConfig& config);
host::HostOptions hostOptions(const config::DaemonConfig& config, const std::string& secretMark = "secret");
std::vector<host::PluginSpec> pluginSpecs(const config::DaemonConfig& config);
std::map<std::string, engine::LaneRule> limiterRules(const config::DaemonConfig& config);
api::PluginView pluginView(const host::PluginStatus& status);
api::PluginChange pluginChange(const host::Swap& swap);
std::vector<api::HashedKey> eventKeys(const config::DaemonConfig& config);
/// Of the keys that have one, by name.
std::map<std::string, api::KeyRate> keyRates(const config::DaemonConfig& config);
api::AdmissionLimits admissionLimits(const config::AdmissionConfig& config);

/// Path of the worker's program: beside our own, or in ../libexec/stepd where it is installed.
std::string workerProgram();

}  // namespace stepd::app
