#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/run.h"

namespace stepd::torture {

/// What a client wants done, and what must come of it. A job is a number from 1 and nothing else: its kind, its events
/// and its results follow from the number, so that a checker which has seen only the disk knows them too.
enum class JobKind {
    Sequence,
    Branches,
    Flaky,
    Sleeper,
    Waiter,
    Withdrawn,
    Limited,
    Items,
    Relay,
    Parent,
    Routed,
    Once
};

JobKind kindOf(std::int64_t job);

/// An event as a client sends it.
struct JobEvent {
    std::string name;
    std::string id;    ///< the client's: the same at each try
    std::string data;  ///< {"job": JOB, "n": N}
};

/// The event that asks for the job.
JobEvent askingEvent(std::int64_t job);
/// The event that its run waits for, or that cancels it; to be sent once the first is acknowledged.
std::optional<JobEvent> answeringEvent(std::int64_t job);
/// `once`: the other event with the same idempotency key.
JobEvent otherEvent(std::int64_t job);
/// The job that an event belongs to; 0 if it is none of ours.
std::int64_t jobOf(const std::string& data);

/// A run that a job must have led to once it is over.
struct ExpectedRun {
    std::string pipeline;
    RunState state = RunState::Completed;
    std::string output{};  ///< JSON; empty unless it completes
};
std::vector<ExpectedRun> expectedRuns(std::int64_t job);
/// How many events of this name a job must have led to; 0 for one that it has nothing to do with.
int expectedEvents(std::int64_t job, const std::string& name);

/// A pipeline of which at most so many runs hold a slot at once; 0: no limit.
int runLimit(const std::string& pipeline);

}  // namespace stepd::torture
