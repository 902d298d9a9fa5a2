#pragma once

#include <map>
#include <string>

#include "base/mutex.h"
#include "base/secret.h"
#include "host/host_services.h"
#include "outbound/connector.h"

namespace stepd::app {

/// What workers get from the daemon: the guarded way out, the configured secrets, a place in the log.
class WorkerServices final : public host::HostServices {
public:
    WorkerServices(outbound::Connector& connector, std::map<std::string, Secret> secrets)
        : connector_(connector), secrets_(std::move(secrets)) {}

    /// The configured secrets from now on.
    void useSecrets(std::map<std::string, Secret> secrets) EXCLUDES(mutex_);

    void fetch(host::FetchId id, FetchRequest request, FetchDone done) override EXCLUDES(mutex_);
    void cancelFetch(host::FetchId id) override EXCLUDES(mutex_);
    std::optional<Secret> secret(std::string_view name) override EXCLUDES(mutex_);
    void log(const host::PluginLog& line) override;

private:
    outbound::Connector& connector_;
    Mutex mutex_;
    std::map<std::string, Secret> secrets_ GUARDED_BY(mutex_);
    std::map<host::FetchId, outbound::Connector::FetchId> running_ GUARDED_BY(mutex_);
};

}  // namespace stepd::app
