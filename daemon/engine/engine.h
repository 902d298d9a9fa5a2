#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/service.h"
#include "host/invoker.h"
#include "model/event.h"
#include "model/run.h"
#include "pipeline/pipeline.h"
#include "store/store.h"

namespace stepd::engine {

/// An event as it comes in; the engine gives it its key and its times.
struct NewEvent {
    std::string name;
    std::string externalId;  ///< the sender's; the same id within 24 h is the same event. Empty: always a new one
    std::string data;        ///< a JSON object, checked
    std::string user;
    std::optional<Timestamp> ts;
    std::string requestId;
};

struct StartedRun {
    RunId id;
    Timestamp createdAt{};
    std::string pipeline;
    bool duplicate = false;  ///< an earlier run that holds the idempotency key
};

enum class SubmitStatus { Accepted, Overloaded, StoreFull, Stopping, Failed };

/// What became of one event.
struct Submitted {
    SubmitStatus status = SubmitStatus::Accepted;
    std::string message;             ///< one sentence unless Accepted
    EventId event;
    Timestamp receivedAt{};
    bool duplicate = false;          ///< the id was known: `event` and `runs` are those of the first
    std::vector<StartedRun> runs;
};

enum class CancelStatus { Cancelled, Finished, Unknown, Stopping };

/// A change that watchers may see, after it is on disk.
struct RunChanged {
    Run run;
};

/// What the engine tells about itself. A copy made at the end of a round.
struct EngineStats {
    std::size_t activeRuns = 0;
    std::size_t queuedRuns = 0;   ///< in the store, not in memory
    std::size_t runningAttempts = 0;
    std::size_t waitingTimers = 0;
    Instant lastRound{};          ///< the loop turned
    Instant lastCommit{};
    bool storeFailed = false;
};

struct EngineOptions {
    std::size_t maxActiveRuns = 10'000;  ///< in memory; further ones stay in the store until there is room
    std::size_t maxInbox = 100'000;      ///< submissions beyond it are refused as Overloaded
    std::int32_t quarantineAfterCrashes = 3;
};

/// The engine's face. One thread of its own owns all run state; everything here posts to it. Thread-safe, never blocks,
/// callbacks run on the engine's thread after the commit they speak of and must only post.
class Engine : public Service {
public:
    using SubmitCallback = std::function<void(std::vector<Submitted>)>;
    using CancelCallback = std::function<void(CancelStatus)>;
    using RunCallback = std::function<void(const Run&)>;

    /// All events become durable together, or none does.
    virtual void submit(std::vector<NewEvent> events, SubmitCallback done) = 0;
    virtual void cancel(RunId run, CancelCallback done) = 0;
    /// Calls back once when the run has ended, at once if it has ended already in memory; the caller keeps its own time limit
    /// and drops the callback's target itself. A run that is not in memory never calls back: look into the store as well.
    virtual void onEnd(RunId run, RunCallback ended) = 0;
    /// New runs follow these from now on; running ones stay on their revision.
    virtual void usePipelines(std::vector<pipeline::PipelinePtr> pipelines) = 0;
    virtual EngineStats stats() const = 0;
};

/// Finds the pipeline of a revision that is not among the current ones, for runs that began with it.
using RevisionLoader = std::function<pipeline::PipelinePtr(RevisionId)>;

}  // namespace stepd::engine
