#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "model/outcome.h"

namespace stepd {

/// The numbers are those of the store: never renumber.
enum class RunState : std::int32_t {
    Queued = 0,
    Running = 1,
    Waiting = 2,  ///< nothing of it executes: a timer, a limiter or an event will move it
    Completed = 10,
    Failed = 11,
    Cancelled = 12,
    Quarantined = 13,  ///< its step killed its worker too often; a person decides
};

enum class StepState : std::int32_t {
    Pending = 0,
    Running = 1,
    Waiting = 2,  ///< for its next attempt
    Completed = 10,
    Failed = 11,
    Skipped = 12,
    Cancelled = 13,
};

constexpr bool isTerminal(RunState state) {
    return static_cast<std::int32_t>(state) >= 10;
}
constexpr bool isTerminal(StepState state) {
    return static_cast<std::int32_t>(state) >= 10;
}
std::string_view toString(RunState state);
std::string_view toString(StepState state);
std::optional<RunState> parseRunState(std::string_view text);

/// One execution of a pipeline for one event.
struct Run {
    RunId id;
    EventId event;
    RevisionId revision;
    PluginSetId plugins;   ///< the builds of plugins that its attempts use; zero: whatever is current
    std::string pipeline;  ///< its stable id
    RunState state = RunState::Queued;
    std::int32_t attempt = 1;     ///< one more than that of the run it repeats
    RunId rerunOf;                ///< zero: it repeats none
    RunId parent;                 ///< the run whose `core/invoke` waits for it; zero: none does
    std::int32_t parentStep = 0;  ///< StepRecord::number there
    std::int32_t priority = 0;    ///< seconds of head start, as evaluated when it was created
    /// The lanes of flow control it belongs to, as evaluated when it was created; see engine/lanes.h.
    std::vector<std::string> lanes;
    Timestamp createdAt{};
    std::optional<Timestamp> startedAt;
    std::optional<Timestamp> finishedAt;
    /// How it will end: its steps are over, and `on_failure` or `finally` still runs. Absent before that.
    std::optional<RunState> ending;
    std::string output;  ///< JSON text once completed, else empty
    std::string error;   ///< JSON object {step, class, code, message} unless it completed; else empty
    /// Nothing of it need be in memory: `wakeAt` or one of its waits brings it back.
    bool parked = false;
    std::optional<Timestamp> wakeAt;  ///< look at it then at the latest; a batch or debounce starts then
};

/// A step of a run: a dynamic record, numbered in the order in which the driver brought it up (from 0).
struct StepRecord {
    std::int32_t number = 0;
    std::string name;  ///< `validate`
    std::string kind;  ///< `plugin`, `foreach`, `group`, `sleep`, `wait_for_event`, `send_event`, `invoke`, `fail`
    StepState state = StepState::Pending;
    std::int32_t attempts = 0;  ///< started so far
    std::int32_t crashes = 0;   ///< attempts that killed their worker (hardening R15)
    std::int32_t lost = 0;      ///< attempts that ended as `lost`: no fault of the step, so no policy counts them
    std::optional<Timestamp> startedAt;
    std::optional<Timestamp> attemptStartedAt;  ///< of the latest attempt; it runs as long as a plugin step is Running
    std::optional<Timestamp> finishedAt;
    std::optional<Timestamp> wakeAt;  ///< while Waiting: when the next attempt is due
    std::string output;               ///< JSON text once completed
    /// What a built-in step remembers, JSON or empty: the items of a `foreach`, the last event a wait consumed, the run
    /// that an `invoke` started, `"cached"`, `"kept"` of an earlier run, `"held"` until a person releases it.
    std::string memo;
    /// Given by a person for this run in place of the step's own input; empty: none.
    std::string givenInput;
    std::optional<StepError> error;  ///< of the last attempt that failed; the reason when skipped
    std::string resumeToken;         ///< for the next attempt
    Receipt receipt;                 ///< of the latest attempt that ended
};

/// One try of a step. Its start stands in the step before the plugin sees its input, so a record of its own is needed
/// only for one that has ended otherwise than well: see `attemptsOf`.
struct AttemptRecord {
    std::int32_t step = 0;    ///< StepRecord::number
    std::int32_t number = 1;  ///< from 1
    Timestamp startedAt{};
    std::optional<Timestamp> finishedAt;
    std::optional<OutcomeClass> outcome;
    std::string code;
    std::string message;
    std::string details;  ///< JSON text, or empty
    Receipt receipt;
};

/// All attempts of some steps, by (step, number): those that are `recorded`, in any order, and those that their steps
/// alone tell of, which are the one that runs (without `finishedAt`) and the one that completed the step.
std::vector<AttemptRecord> attemptsOf(const std::vector<StepRecord>& steps, std::vector<AttemptRecord> recorded);

}  // namespace stepd
