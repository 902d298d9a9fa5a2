#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/ids.h"
#include "model/outcome.h"

namespace stepd::host {

/// Names one attempt for as long as the daemon lives; never used twice.
using CallId = Id<struct CallTag>;

/// One execution of a step. All text is owned by the call.
struct StepCall {
    CallId id;
    std::string plugin;  ///< as declared in stepd.yaml
    std::string build;   ///< build-id of the plugin that shall run; empty: the current one
    std::string step;    ///< the plugin's step type; empty: its only one
    std::string config;  ///< JSON object: the `with` of the step, merged over the plugin's options by the host
    std::string input;   ///< JSON text
    Duration timeout{};  ///< from the moment the worker gets it

    // What the step may see of its run (plugin-abi.md rule 12).
    std::string requestId;  ///< of the HTTP request that brought the event; for logs alone
    std::string runId;
    std::string eventId;
    std::string stepId;
    std::int32_t attempt = 1;
    std::int32_t attemptsLeft = 0;
    std::string idempotencyKey;  ///< the same for all attempts of a step of a run
    Timestamp runStartedAt{};
    std::string resumeToken;    ///< from the attempt before; may be empty
    std::string previousError;  ///< JSON object {class, code, message} of the attempt before; may be empty
};

enum class CancelReason : std::int32_t { User = 1, Timeout = 2, Shutdown = 3, Superseded = 4, LeaseLost = 5 };

struct CallEnd {
    CallId call;
    StepResult result;
};

/// What comes back from calls. Called on a thread of the invoker; must not block.
struct CallListener {
    /// Exactly once for each call, also after `cancel` and after a crash of the worker; several at once if they ended
    /// together.
    std::function<void(std::vector<CallEnd>)> finished;
    /// Any number of times before that. `fraction` is 0..1, or negative if unknown.
    std::function<void(CallId, double fraction, std::string message)> progressed;
};

/// Executes steps somewhere: in worker processes, in this process, or as a test scripts it.
/// Thread-safe; neither function blocks.
class Invoker {
public:
    virtual ~Invoker() = default;
    /// Before the first `invoke`.
    virtual void listen(CallListener listener) = 0;
    /// How many calls the plugin takes at once now: its workers times their threads; the engine sends no more. One if
    /// it is unknown or broken for good: each call then ends at once with the reason. Zero: not now, but it will again.
    virtual std::size_t slots(std::string_view plugin) const = 0;
    /// The build-id of the plugin that a new call without a wish gets; empty if it is not known.
    virtual std::string build(std::string_view /*plugin*/) const { return {}; }
    virtual void invoke(StepCall call) = 0;
    /// The same for many: whoever does it is woken once.
    virtual void invokeAll(std::vector<StepCall> calls) {
        for (StepCall& call : calls) invoke(std::move(call));
    }
    /// Asks the step to stop, then makes it: flag, grace, SIGTERM, SIGKILL. Unknown or finished calls are ignored.
    virtual void cancel(CallId call, CancelReason reason) = 0;
};

}  // namespace stepd::host
