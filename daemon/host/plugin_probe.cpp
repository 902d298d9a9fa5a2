#include "host/plugin_probe.h"

#include <future>
#include <map>
#include <utility>

#include "base/mutex.h"
#include "host/supervisor.h"

namespace stepd::host {

/// What the host's thread tells the caller's.
struct PluginProbe::State {
    Mutex mutex;
    Condition changed;
    PluginStatus status GUARDED_BY(mutex);
    std::int64_t lastCall = 0;
    std::map<CallId, std::promise<StepResult>> calls GUARDED_BY(mutex);
};

PluginProbe::PluginProbe(HostOptions options, PluginSpec spec, HostServices& services, const Clock& clock)
    : state_(std::make_unique<State>()) {
    if (spec.name.empty()) spec.name = "plugin";
    name_ = spec.name;
    spec.workers = 1;
    options.loadTries = 1;
    supervisor_ = std::make_unique<Supervisor>(std::move(options), services, clock);
    supervisor_->onChange([state = state_.get()](const PluginStatus& status) {
        const MutexLock lock(state->mutex);
        state->status = status;
        state->changed.notifyAll();
    });
    supervisor_->listen({.finished =
                             [state = state_.get()](std::vector<CallEnd> ended) {
                                 const MutexLock lock(state->mutex);
                                 for (CallEnd& end : ended)
                                     if (auto waiting = state->calls.extract(end.call))
                                         waiting.mapped().set_value(std::move(end.result));
                             },
                         .progressed = {}});
    supervisor_->usePlugins({std::move(spec)});
    supervisor_->start();
}

PluginProbe::~PluginProbe() {
    supervisor_->stop();
}

Result<PluginDescription, std::string> PluginProbe::describe() {
    const MutexLock lock(state_->mutex);
    while (state_->status.state == PluginState::Loading) state_->changed.wait(state_->mutex);
    if (state_->status.state == PluginState::Broken)
        return Result<PluginDescription, std::string>::failure(state_->status.sentence);
    return *state_->status.description;
}

BuildName PluginProbe::build() const {
    const MutexLock lock(state_->mutex);
    return state_->status.build;
}

StepResult PluginProbe::checkConfig(const std::string& step, const std::string& with, Duration timeout) {
    auto promise = std::make_shared<std::promise<StepResult>>();
    auto result = promise->get_future();
    supervisor_->checkConfig(name_, step, with, timeout,
                             [promise](StepResult answer) { promise->set_value(std::move(answer)); });
    return result.get();
}

StepResult PluginProbe::run(const std::string& step, const std::string& with, const std::string& input,
                            Duration timeout) {
    StepCall call;
    std::future<StepResult> result;
    {
        const MutexLock lock(state_->mutex);
        call.id = CallId{++state_->lastCall};
        result = state_->calls[call.id].get_future();
    }
    call.plugin = name_;
    call.step = step;
    call.config = with;
    call.input = input;
    call.timeout = timeout;
    call.runId = "run-1";
    call.eventId = "event-1";
    call.stepId = step.empty() ? "step-1" : step;
    call.idempotencyKey = "key-1";
    call.runStartedAt = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    supervisor_->invoke(std::move(call));
    return result.get();
}

}  // namespace stepd::host
