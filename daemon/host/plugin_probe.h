#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "host/host_services.h"
#include "host/invoker.h"
#include "host/plugin_spec.h"

namespace stepd::host {

class Supervisor;

/// One plugin in one worker process, driven from an ordinary thread: for `stepctl plugins check FILE.so`, `plugins run`
/// and `stepd --check`. Every function blocks. One thread at a time.
class PluginProbe {
public:
    /// Starts the worker. `spec.name` may be empty. Throws Error{System}.
    PluginProbe(HostOptions options, PluginSpec spec, HostServices& services, const Clock& clock);
    ~PluginProbe();

    /// What the plugin says about itself, or one sentence on why it cannot be used. Waits for the load timeout at most.
    Result<PluginDescription, std::string> describe();
    /// What was described.
    BuildName build() const;
    /// Class Ok if a step may be configured with `with`, a JSON object.
    StepResult checkConfig(const std::string& step, const std::string& with, Duration timeout);
    /// Executes once.
    StepResult run(const std::string& step, const std::string& with, const std::string& input, Duration timeout);

    /// Many at once, which the plugin takes as its threads allow. `id`, `plugin` and what is empty of the call's place
    /// in a run are filled in. `await` gives the result of each once.
    CallId begin(StepCall call);
    StepResult await(CallId call);
    void cancel(CallId call, CancelReason reason);
    /// From now on, on the host's thread.
    void onProgress(std::function<void(double fraction, const std::string& text)> progressed);
    PluginStatus status() const;

private:
    struct State;
    std::unique_ptr<State> state_;
    std::string name_;
    std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace stepd::host
