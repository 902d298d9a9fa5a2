#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "host/invoker.h"

namespace stepd::rehearsal {

/// What a scripted call does.
struct ScriptedAnswer {
    Duration takes{};
    std::optional<StepResult> result;  ///< absent: none until the call is cancelled
};

/// The result of an attempt that failed, or was skipped.
StepResult scriptedFailure(OutcomeClass outcome, std::string code, std::string message);

/// Executes steps as a test scripts it, in virtual time. Deterministic; one thread; nothing is delivered but by
/// `pumpOne`.
///
/// In place of a ScriptedAnswer stands a line where that reads better. It is one line: `done JSON`, `skip`, `retry
/// [DURATION]` (transient, with that retry-after), `CLASS [CODE]` such as `permanent broken`, `crash`, `lost`, or
/// `wait` (until cancelled). `in DURATION ANSWER` comes that much later. A plugin's lines are used up one a call;
/// further calls get `done {}`.
class ScriptedInvoker final : public host::Invoker {
public:
    explicit ScriptedInvoker(const Clock& clock) : clock_(clock) {}

    void script(const std::string& plugin, std::vector<std::string> answers);
    /// Answers each call of the plugin, in place of a script.
    void script(const std::string& plugin, std::function<std::string(const host::StepCall&)> answer);
    /// Answers each call of every plugin, in place of all scripts.
    void answerAll(std::function<ScriptedAnswer(const host::StepCall&)> answer) { answerAll_ = std::move(answer); }
    /// How many calls a plugin takes at once; 4 unless said otherwise.
    void setSlots(const std::string& plugin, std::size_t slots) { slots_[plugin] = slots; }
    /// The build that new calls of a plugin get; none is known unless said so.
    void setBuild(const std::string& plugin, std::string build) { builds_[plugin] = std::move(build); }
    /// Called for each call as it comes in.
    void onInvoke(std::function<void(const host::StepCall&)> seen) { seen_ = std::move(seen); }
    /// A cancelled call answers as scripted nevertheless.
    void ignoreCancels() { ignoresCancels_ = true; }
    /// The workers die with the daemon: nothing of what runs is ever answered. Scripts go on where they were.
    void kill();

    void listen(host::CallListener listener) override { listener_ = std::move(listener); }
    std::size_t slots(std::string_view plugin) const override;
    std::string build(std::string_view plugin) const override;
    void invoke(host::StepCall call) override;
    void cancel(host::CallId call, host::CancelReason reason) override;

    /// Delivers the earliest answer that is due. False if there is none.
    bool pumpOne();
    std::optional<Instant> nextDue() const;

    /// All calls so far, the oldest first.
    const std::vector<host::StepCall>& calls() const { return calls_; }
    std::vector<host::StepCall> callsOf(std::string_view step) const;
    const std::vector<std::pair<host::CallId, host::CancelReason>>& cancels() const { return cancels_; }
    std::size_t running() const { return running_.size(); }

private:
    struct Due {
        host::CallId call;
        StepResult result;
    };
    ScriptedAnswer answerFor(const host::StepCall& call);

    const Clock& clock_;
    host::CallListener listener_;
    std::function<void(const host::StepCall&)> seen_;
    std::map<std::string, std::deque<std::string>, std::less<>> scripts_;
    std::map<std::string, std::function<std::string(const host::StepCall&)>, std::less<>> answerers_;
    std::function<ScriptedAnswer(const host::StepCall&)> answerAll_;
    std::map<std::string, std::size_t, std::less<>> slots_;
    std::map<std::string, std::string, std::less<>> builds_;
    std::vector<host::StepCall> calls_;
    std::vector<std::pair<host::CallId, host::CancelReason>> cancels_;
    std::set<host::CallId> running_;
    std::multimap<Instant, Due> answers_;
    bool ignoresCancels_ = false;
};

/// What a line stands for. Throws std::invalid_argument.
ScriptedAnswer scriptedAnswer(std::string_view line);

}  // namespace stepd::rehearsal
