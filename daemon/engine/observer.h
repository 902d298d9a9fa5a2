#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/run.h"

namespace stepd::engine {

/// The run that notices and calls speak of, with the ids that people see. Made once for a run in memory.
struct RunRef {
    RunId run;
    std::string publicRun;
    std::string publicEvent;
    std::string requestId;  ///< of the HTTP request that brought the event
    std::string pipeline;
};
/// Shared by the notices of a run: they may outlive its time in memory.
using RunRefPtr = std::shared_ptr<const RunRef>;

struct RunNotice {
    RunRefPtr run;
    RunState state = RunState::Queued;
    Duration took{};    ///< from creation to the end, by the wall clock; zero while it has not ended
    std::string error;  ///< as Run::error
};

struct StepNotice {
    RunRefPtr run;
    std::string step;
    StepState state = StepState::Pending;
    std::int32_t attempts = 0;
    std::optional<StepError> error;
    std::optional<Duration> nextIn;  ///< while Waiting: the delay before the next attempt
    std::string verdict;             ///< why no further attempt is made; may be empty
};

struct AttemptNotice {
    RunRefPtr run;
    std::string step;
    std::string plugin;
    std::int32_t number = 1;
    std::optional<OutcomeClass> outcome;  ///< absent: it starts now
    std::string code;
    std::string message;
    Duration took{};  ///< monotonic; zero for an attempt that a restart of the daemon interrupted
};

/// Sees what happens to runs, for logs, metrics and streams. Each change is shown after it is on disk, those of one run
/// in their order. Called on the engine thread: must neither block nor throw, and must not call the engine but by
/// posting.
class RunObserver {
public:
    virtual ~RunObserver() = default;
    virtual void runChanged(const RunNotice& notice) = 0;
    virtual void stepChanged(const StepNotice& notice) = 0;
    virtual void attemptChanged(const AttemptNotice& notice) = 0;
    /// `fraction` is 0..1, or negative if unknown. Not durable.
    virtual void progressed(const RunRef& run, std::string_view step, double fraction, std::string_view message) = 0;
    /// An `if` of a trigger or an idempotency key could not be evaluated for an event: the trigger did not match, or
    /// the run has no key.
    virtual void triggerFailed(std::string_view pipeline, std::string_view event, std::string_view problem) = 0;
    /// What a call has used that has ended, also one that nobody waits for any more. Not durable.
    virtual void used(std::string_view /*plugin*/, const Receipt& /*receipt*/) {}
    /// One of the engine's invariants did not hold, and has been repaired.
    virtual void violated(std::string_view /*sentence*/) {}
    /// A pipeline matches the event and starts no run for it: flow control says so.
    virtual void runSkipped(std::string_view /*pipeline*/, std::string_view /*event*/, std::string_view /*why*/) {}
};

}  // namespace stepd::engine
