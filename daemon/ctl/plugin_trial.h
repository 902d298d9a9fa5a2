#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/system_clock.h"
#include "ctl/client.h"
#include "host/host_services.h"
#include "host/plugin_spec.h"

namespace stepd::ctl {

// A plugin without a daemon: in a real worker, under the real supervisor, with services that stepctl gives.

/// Where the requests of a plugin go. As HostServices has it.
class WayOut {
public:
    virtual ~WayOut() = default;
    virtual void fetch(host::FetchId id, FetchRequest request, host::HostServices::FetchDone done) = 0;
    virtual void cancel(host::FetchId id) = 0;
};

/// The network, through the same guard as in the daemon, opened no further than $STEPD_OUTBOUND_ALLOW says
/// (`127.0.0.1:9000`).
std::unique_ptr<WayOut> networkWayOut();

/// The services of a plugin that is tried by hand. Lines of the plugin's log go to `log`, on the host's thread.
class TrialServices final : public host::HostServices {
public:
    using Log = std::function<void(const host::PluginLog&)>;
    TrialServices(WayOut& wayOut, std::map<std::string, Secret> secrets, Log log);
    void fetch(host::FetchId id, FetchRequest request, FetchDone done) override {
        wayOut_.fetch(id, std::move(request), std::move(done));
    }
    void cancelFetch(host::FetchId id) override { wayOut_.cancel(id); }
    std::optional<Secret> secret(std::string_view name) override;
    void log(const host::PluginLog& line) override { log_(line); }

private:
    WayOut& wayOut_;
    const std::map<std::string, Secret> secrets_;
    const Log log_;
};

/// The host as stepctl runs it: the worker program that was installed or built with it.
host::HostOptions trialOptions();
/// True for an executable file that is not named like a library: an exec plugin.
bool isProgram(const std::string& file);
host::PluginSpec trialSpec(const std::string& file);

/// Loads the library in a worker of its own and asks what it is. Throws Refused with the reason why it cannot be used,
/// which does not name the file.
host::PluginDescription describePlugin(const std::string& file);

/// Of an argument: text, `@FILE`, or `-` for standard input. Throws Refused if it is no JSON; `name` is the option.
Json jsonArgument(const std::string& argument, const char* name);

}  // namespace stepd::ctl
