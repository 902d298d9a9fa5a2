#pragma once

#include <string>
#include <vector>

#include "api/plugin_change.h"
#include "app/worker_services.h"
#include "base/clock.h"
#include "base/diagnostic.h"
#include "config/daemon_config.h"
#include "host/catalogue.h"
#include "host/supervisor.h"

namespace stepd::app {

/// Where answers of plugins about themselves are kept: in the state directory, if that is there.
std::string catalogueFile(const config::DaemonConfig& config);

/// The plugins of the running daemon, and how they give way to what stepd.yaml declares by now. One thread at a time;
/// blocks on the disk and on workers that load plugins.
class LivePlugins {
public:
    LivePlugins(host::Supervisor& host, WorkerServices& services, const Clock& clock)
        : host_(host), services_(services), clock_(clock) {}

    /// What of the declared plugins cannot be used: an error where one that works, or a new one, would not, a warning
    /// where it does not work now either. `file` is stepd.yaml.
    Diagnostics check(const config::DaemonConfig& config, const std::string& file) const;
    /// Waits until it is known what came of each, those that are gone among them. Secrets are those of `now` from then
    /// on.
    std::vector<api::PluginChange> use(const config::DaemonConfig& before, const config::DaemonConfig& now) const;

private:
    host::Supervisor& host_;
    WorkerServices& services_;
    const Clock& clock_;
};

}  // namespace stepd::app
