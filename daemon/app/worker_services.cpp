#include "app/worker_services.h"

#include "telemetry/log.h"

namespace stepd::app {
namespace {

log::Level levelOf(host::PluginLogLevel level) {
    switch (level) {
        case host::PluginLogLevel::Debug: return log::Level::Debug;
        case host::PluginLogLevel::Info: return log::Level::Info;
        case host::PluginLogLevel::Warn: return log::Level::Warning;
        case host::PluginLogLevel::Error: return log::Level::Error;
    }
    return log::Level::Info;
}

const char* nameOf(host::LogSource source) {
    switch (source) {
        case host::LogSource::Plugin: return "plugin";
        case host::LogSource::Stdout: return "stdout";
        case host::LogSource::Stderr: return "stderr";
        case host::LogSource::Host: return "host";
    }
    return "host";
}

}  // namespace

void WorkerServices::fetch(host::FetchId id, FetchRequest request, FetchDone done) {
    const auto own = connector_.nextId();
    {
        const MutexLock lock(mutex_);
        running_[id] = own;
    }
    connector_.fetch(own, std::move(request), [this, id, done = std::move(done)](FetchResponse response) {
        {
            const MutexLock lock(mutex_);
            running_.erase(id);
        }
        done(std::move(response));
    });
}

void WorkerServices::cancelFetch(host::FetchId id) {
    const MutexLock lock(mutex_);
    if (const auto found = running_.find(id); found != running_.end()) connector_.cancel(found->second);
}

void WorkerServices::useSecrets(std::map<std::string, Secret> secrets) {
    const MutexLock lock(mutex_);
    secrets_ = std::move(secrets);
}

std::optional<Secret> WorkerServices::secret(std::string_view name) {
    const MutexLock lock(mutex_);
    const auto found = secrets_.find(std::string(name));
    if (found == secrets_.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

void WorkerServices::log(const host::PluginLog& line) {
    log::write(levelOf(line.level), line.text,
               {{"plugin", line.plugin},
                {"source", nameOf(line.source)},
                {"request_id", line.requestId},
                {"event_id", line.eventId},
                {"run_id", line.runId},
                {"step", line.stepId},
                {"attempt", line.attempt > 0 ? std::to_string(line.attempt) : std::string()}});
}

}  // namespace stepd::app
