#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/service.h"
#include "engine/observer.h"
#include "engine/scheduler.h"
#include "engine/waits.h"
#include "host/invoker.h"
#include "model/event.h"
#include "model/run.h"
#include "pipeline/pipeline.h"
#include "store/store.h"

namespace stepd::engine {

/// An event as it comes in; the engine gives it its key and its times.
struct NewEvent {
    std::string name;
    /// The sender's: the same id of the same name within 24 h is the same event. Empty: always a new one.
    std::string externalId;
    std::string data;  ///< a JSON object, checked
    std::string user;
    std::optional<Timestamp> ts;  ///< in the future: its runs start then
    std::string requestId;
    std::string target;  ///< this pipeline alone, whatever its triggers; empty: all whose triggers match
    /// `externalId` was made for this event and nobody else can have it: it is not kept as a key, which would cost as
    /// much as the event itself.
    bool idIsFresh = false;
};

struct StartedRun {
    RunId id;
    Timestamp createdAt{};
    std::string pipeline;
    bool duplicate = false;  ///< an earlier run that holds the idempotency key
};

struct Unstarted {
    std::string pipeline;
    std::string why;
};

/// `StoreFull`: nothing can be stored now, as store::CommitStatus::Full; the message is the store's.
enum class SubmitStatus { Accepted, Overloaded, StoreFull, Stopping, Failed };

/// What became of one event.
struct Submitted {
    SubmitStatus status = SubmitStatus::Accepted;
    std::string message{};  ///< one sentence unless Accepted
    EventId event{};
    Timestamp receivedAt{};
    bool duplicate = false;  ///< the id was known: `event` and `runs` are those of the first
    std::vector<StartedRun> runs{};
    /// Pipelines that match and start no run for it now, and why: `rate_limit 10 per 1h is used up`.
    std::vector<Unstarted> skipped{};
};

/// A run once more, from an event that is stored, read from the store by the caller.
struct Rerun {
    Run of;  ///< has ended
    Event event;
    std::vector<StepRecord> kept;  ///< completed or skipped steps of `of` that are not done again
    /// The input that a person gives to a step of this run.
    struct GivenInput {
        std::string step;
        std::string json;
    };
    std::optional<GivenInput> input{};
};

/// `Unknown`: no current pipeline has that id. `Refused`: the sentence says why.
/// `StoreFull`: as SubmitStatus::StoreFull.
enum class RerunStatus { Started, Unknown, Refused, StoreFull, Stopping };
struct RerunAnswer {
    RerunStatus status = RerunStatus::Started;
    std::string message{};
    StartedRun run{};
};

/// `NotHeld`: nothing of the run waits for a person.
enum class ReleaseStatus { Released, NotHeld, Unknown, Stopping };
enum class PauseStatus { Done, Unknown, Stopping };

/// `Finished`: the run has ended before, or there is none with a key this small.
enum class CancelStatus { Cancelled, Finished, Unknown, Stopping };

/// What the engine tells about itself. A copy made at the end of a round.
struct EngineStats {
    std::size_t activeRuns = 0;
    std::size_t queuedRuns = 0;   ///< unfinished and in the store, for want of room; they come back in their order
    std::size_t linedUpRuns = 0;  ///< parked in a line of flow control or of a paused pipeline, with one place or more
    std::size_t openDeliveries = 0;  ///< events that are still shown to those in the store who wait for them
    std::size_t runningAttempts = 0;
    std::size_t readySteps = 0;  ///< they wait for a free slot of their plugin
    std::size_t waitingTimers = 0;
    std::size_t parkedWaits = 0;        ///< waits of runs that are in the store alone
    std::vector<std::string> paused{};  ///< current pipelines that are paused
    std::uint64_t prunedRuns = 0;       ///< deleted since the start because their time was over
    std::uint64_t violations = 0;       ///< of the engine's invariants, found and repaired since the start
    Instant lastRound{};                ///< the loop turned
    Instant lastCommit{};
    /// A batch was handed to the store then and is not answered yet. Old: the disk hangs, and nothing is carried out.
    std::optional<Instant> commitOpenSince{};
    bool storeFull = false;  ///< submissions are refused until there is space again
    bool onReserve = false;  ///< meanwhile runs in memory go on, in space that was set aside for that
    bool storeFailed = false;
};

/// What was submitted and is not answered yet. Exact at any moment.
struct IntakeLoad {
    std::size_t events = 0;
    std::size_t bytes = 0;
    std::uint64_t answered = 0;  ///< events, since the start
};

struct EngineOptions {
    std::size_t maxActiveRuns = 10'000;  ///< in memory; further ones stay in the store until there is room
    /// Events that were submitted and are not answered yet, and their bytes; more are refused as Overloaded.
    std::size_t maxOpenEvents = 100'000;
    std::size_t maxOpenBytes = 64U << 20;
    std::int32_t quarantineAfterCrashes = 3;
    /// A run that nothing will move for longer than this leaves memory until then.
    Duration parkAfter = 10s;
    /// The limiters of `stepd.yaml`, by name.
    std::map<std::string, LaneRule> limiters{};
    /// How long ended runs and events are kept, where a pipeline does not say; absent: for ever.
    std::optional<store::RetentionRules> retention{};
    Duration auditEvery = 1min;  ///< while anything moves
    Duration storeRetry = 1s;    ///< between tries of a batch that the store had no space for, or to refill its reserve
    Duration stallCheck = 1s;    ///< how often a plugin without any slot is looked at while steps wait for it
    /// `secrets.NAME` renders as `${MARK:NAME}`, and the host puts the value there right before the call. A mark that
    /// nobody outside can guess keeps an event from asking for a secret by carrying such text itself.
    std::string secretMark = "secret";
    /// At most this long between two rounds, for a watchdog that looks at `lastRound`; absent: an idle engine sleeps.
    std::optional<Duration> heartbeat;
};

/// Finds the pipeline of a revision that is not among the current ones, for runs that began with it. Null: it cannot be
/// compiled any more; such runs fail with a clear error. Called on the engine thread; may block and throw Error.
using RevisionLoader = std::function<pipeline::PipelinePtr(RevisionId)>;

/// What the engine works with. All of it outlives the engine; the store and the invoker call back on threads of their
/// own.
struct EngineParts {
    store::Store& store;
    host::Invoker& invoker;
    const Clock& clock;
    Random& random;
    RevisionLoader revisions;
    RunObserver* observer = nullptr;
    /// The end of each round: for a watchdog that shall bite when the loop hangs. Engine thread; must not block.
    std::function<void(Instant)> roundDone = {};
    /// The store has failed for good: nothing is carried out any more and the process must stop. Engine thread; once.
    std::function<void(const std::string& sentence)> fatal;
};

/// The engine's face. One thread of its own owns all run state; everything here posts to it. Thread-safe, never blocks,
/// callbacks run on the engine's thread after the commit they speak of and must only post. Only where the engine has
/// stopped or is overloaded, `submit` and `cancel` call back at once on the caller's thread.
class Engine : public Service {
public:
    using SubmitCallback = std::function<void(std::vector<Submitted>)>;
    using CancelCallback = std::function<void(CancelStatus)>;
    using RunCallback = std::function<void(const Run*)>;
    using WaitsCallback = std::function<void(std::vector<Wait>)>;
    using RerunCallback = std::function<void(RerunAnswer)>;
    using ReleaseCallback = std::function<void(ReleaseStatus)>;
    using PauseCallback = std::function<void(PauseStatus)>;

    /// All events become durable together, or none does.
    virtual void submit(std::vector<NewEvent> events, SubmitCallback done) = 0;
    /// The answer comes when the run is Cancelled on disk; the calls of its steps are stopped after that.
    virtual void cancel(RunId run, CancelCallback done) = 0;
    /// Calls back once when the run has ended, or with null if it had ended before (then the store has it) or is not
    /// known; not at all if the engine stops. The caller keeps its own time limit and drops the callback's target
    /// itself. The callback is kept until the run ends, which may take months, or until `forgetEnd`.
    virtual void onEnd(RunId run, RunCallback ended) = 0;
    /// Nobody waits for the run's end any more: what `onEnd` was given for it is dropped.
    virtual void forgetEnd(RunId run) = 0;
    /// Why the run does not go on now; empty if it has ended or is not known. The store is asked for one that is not in
    /// memory.
    virtual void why(RunId run, WaitsCallback done) = 0;
    /// A new run of the pipeline's current revision. Refused if the earlier run is not stored any longer.
    virtual void rerun(Rerun rerun, RerunCallback done) = 0;
    /// Steps that wait for a person (`on_exhausted: pause`) are tried again, as if for the first time.
    virtual void release(RunId run, ReleaseCallback done) = 0;
    /// Of a paused pipeline nothing new begins: its runs stand in line, attempts that run go on.
    virtual void pause(std::string pipeline, bool paused, PauseCallback done) = 0;
    /// New runs follow these from now on; running ones stay on their revision.
    virtual void usePipelines(std::vector<pipeline::PipelinePtr> pipelines) = 0;
    virtual EngineStats stats() const = 0;
    /// Costs a few loads: for each request.
    virtual IntakeLoad intake() const = 0;
};

/// The engine with its thread, not started. `start` takes up unfinished runs; `stop` waits until what was handed to the
/// store is answered, and leaves open attempts to the next start. Call `usePipelines` before `start`. Throws Error from
/// `start` if the store cannot be read.
std::unique_ptr<Engine> makeEngine(EngineParts parts, EngineOptions options);

}  // namespace stepd::engine
