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
    std::map<CallId, std::future<StepResult>> results;  ///< of calls that nobody has waited for
    std::function<void(double, const std::string&)> progressed GUARDED_BY(mutex);
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
                         .progressed =
                             [state = state_.get()](CallId, double fraction, const std::string& text) {
                                 const MutexLock lock(state->mutex);
                                 if (state->progressed) state->progressed(fraction, text);
                             }});
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
    call.step = step;
    call.config = with;
    call.input = input;
    call.timeout = timeout;
    return await(begin(std::move(call)));
}

CallId PluginProbe::begin(StepCall call) {
    const auto fill = [](std::string& text, const char* with) {
        if (text.empty()) text = with;
    };
    fill(call.runId, "run-1");
    fill(call.eventId, "event-1");
    fill(call.stepId, call.step.empty() ? "step-1" : call.step.c_str());
    fill(call.idempotencyKey, "key-1");
    if (call.runStartedAt == Timestamp{})
        call.runStartedAt = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    call.plugin = name_;
    {
        const MutexLock lock(state_->mutex);
        call.id = CallId{++state_->lastCall};
        state_->results[call.id] = state_->calls[call.id].get_future();
    }
    const CallId id = call.id;
    supervisor_->invoke(std::move(call));
    return id;
}

StepResult PluginProbe::await(CallId call) {
    return state_->results.extract(call).mapped().get();
}

void PluginProbe::cancel(CallId call, CancelReason reason) {
    supervisor_->cancel(call, reason);
}

void PluginProbe::onProgress(std::function<void(double, const std::string&)> progressed) {
    const MutexLock lock(state_->mutex);
    state_->progressed = std::move(progressed);
}

PluginStatus PluginProbe::status() const {
    return supervisor_->plugin(name_).value_or(PluginStatus{});
}

}  // namespace stepd::host
