#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/run.h"
#include "store/retention.h"

namespace stepd::store {

/// A key that may be taken once within its time to live. Time is that of the newcomer (`receivedAt`, `createdAt`): the
/// store has no clock of its own. An expired key is free. Whether a key is free is asked before (`Lookup`).
struct OnceKey {
    std::string scope;  ///< `event:NAME`, or `run:PIPELINE`
    std::string key;
    Timestamp expiresAt{};
    Timestamp
        askedAt{};  ///< when it was looked up: what had expired then is free, even if the clock was set back since
};

/// A run's place in a queue or its ear for an event: what brings a parked run back.
struct Wait {
    /// What it waits for: `event:NAME`, `event:NAME?PATH=VALUE`, or `lane:LANE|GROUP`. Compared as a whole.
    std::string signal;
    /// Counted at a start, so that the engine knows in memory which signals anybody waits for: `event:NAME`,
    /// `event:NAME?PATH`; for a lane the same as `signal`.
    std::string family;
    std::int64_t rank = 0;   ///< smaller goes first; microseconds of the run's turn
    std::int32_t step = -1;  ///< StepRecord::number; -1: the run as a whole
    friend bool operator==(const Wait&, const Wait&) = default;
};

/// A new run with its first steps and waits.
struct NewRun {
    Run run;
    std::optional<OnceKey> once;  ///< known to be free; held by this run from now on
    std::vector<StepRecord> steps;
    std::vector<Wait> waits;
};

/// A new event with the runs it starts. Its keys have been asked for before: one that is taken is a broken guard.
struct Admission {
    Event event;
    std::optional<OnceKey> once;
    std::vector<NewRun> runs;
};

/// A run for an event that is stored already: a rerun. It is for all events of the batch that `rerunOf` was for.
struct RunAdmission {
    NewRun fresh;
};

/// Compare and set of a run: from `from` to `run.state`, with its times, `ending`, output, error, `parked` and
/// `wakeAt`; the rest never changes. A run that ends loses its waits.
struct RunChange {
    RunState from = RunState::Queued;
    Run run;
};

/// The waits of a run are these from now on, and no others; those of one signal and step count once. A broken guard if
/// the run has ended, unless there are none.
struct WaitsChange {
    RunId run;
    std::vector<Wait> waits;
};

/// A run that has not started and collects events (debounce, batch) gets one more, and wakes at `wakeAt`. A broken
/// guard unless it is Queued and parked, and the event came later than its first and is none of the others.
struct Collect {
    RunId run;
    EventId event;
    bool replace = false;  ///< debounce: the run is for this event alone from now on
    Timestamp wakeAt{};
};

/// If the run is parked it wakes now: its child has ended, or a person wants it.
struct Wake {
    RunId run;
    Timestamp now{};
};

/// A slot of a lane is taken or given back; unique by (lane, run, step). Giving back one that is not held is a broken
/// guard.
struct SlotChange {
    std::string lane;
    RunId run;
    std::int32_t step = -1;  ///< StepRecord::number; -1: the run as a whole
    bool held = true;
};

/// A moment kept by name: how far a rate limit is used up, until when a limiter is closed, the last tick of a schedule.
struct MomentChange {
    std::string name;
    std::optional<Timestamp> at;  ///< absent: forgotten
};

/// The result of a step that others may take in place of their own call.
struct CacheChange {
    std::string scope;  ///< PIPELINE/STEP
    std::string key;
    std::string output;
    Timestamp expiresAt{};
};

/// An event that is to be shown to those in the store who wait for its name, from the run after `after` on.
struct DeliveryChange {
    EventId event;
    RunId after;
    bool done = false;
};

/// A pipeline is paused or goes on.
struct PauseChange {
    std::string pipeline;
    bool paused = true;
};

/// Compare and set of a step; absent `from` inserts it. `step.attempts` never goes down, so that a late replay of an
/// earlier attempt's change is refused. Name and kind stay as inserted.
struct StepChange {
    RunId run;
    std::optional<StepState> from;
    StepRecord step;
};

/// An attempt that has ended otherwise than well, whole; unique by (run, step, number). That one starts, or ends well,
/// its step tells, which saves two rows for each step (`attemptsOf` puts them together).
struct AttemptEnd {
    RunId run;
    AttemptRecord attempt;
};

/// Builds of plugins that runs are pinned to. Few, each written once: in the batch of the first run that has it, before
/// that run. A broken guard if the key, or an equal set, is stored already.
struct PluginSet {
    PluginSetId id;
    std::string
        builds;  ///< JSON object {PLUGIN: BUILD-ID}, in the order of the names, so that equal sets are equal texts
};

using Change = std::variant<Admission, RunAdmission, RunChange, StepChange, AttemptEnd, WaitsChange, Collect, Wake,
                            SlotChange, MomentChange, CacheChange, DeliveryChange, PauseChange, PluginSet>;

/// Changes that become durable together, in this order.
struct Batch {
    std::vector<Change> changes;
    bool empty() const { return changes.empty(); }
};

enum class CommitStatus {
    Durable,
    /// No space (ENOSPC, EDQUOT, SQLITE_FULL), or another program holds the database: nothing was written; the same
    /// batch may be tried again later.
    Full,
    /// A guard did not hold: nothing of this batch was written. Or the disk failed: then all later ones fail as well,
    /// and only the next start shows whether this one is there. The daemon must stop.
    Failed,
};

struct Committed {
    CommitStatus status = CommitStatus::Durable;
    std::string message;  ///< one sentence unless Durable, or if onReserve
    Batch batch;          ///< if Full: what was handed in, for another try
    /// Durable, but the space that was set aside had to be given up for it: `message` says why. Runs under way may go
    /// on; nothing new should be taken in until `refill` says that the space is back.
    bool onReserve = false;
};

/// A run that has not ended, with all the engine needs to go on with it.
struct UnfinishedRun {
    Run run;
    Event event;                    ///< the first, of a run for a batch of them
    std::vector<Event> more;        ///< the others of the batch, in their order
    std::vector<StepRecord> steps;  ///< by number; the daemon died under the attempt of a plugin step that is Running
    std::vector<Run> children;      ///< runs whose parent it is, by key; without their lanes
    std::vector<Wait> waits;
};

/// Unfinished runs that are not parked, by key.
struct LoadBacklog {
    RunId after;  ///< only runs with a larger key; zero: from the start
    std::size_t limit = 1000;
};
/// Parked runs with a `wakeAt` up to `until`, the earliest first; those of one moment by key.
struct LoadDue {
    Timestamp until{};
    Timestamp after{};  ///< only those later than (after, afterRun)
    RunId afterRun;
    std::size_t limit = 1000;
};
/// Runs that wait for a signal, by (rank, run); one that waits with several ranks comes once for each.
struct LoadWaiting {
    std::string signal;
    std::int64_t afterRank = INT64_MIN;  ///< only those behind (afterRank, afterRun)
    RunId afterRun;
    std::size_t limit = 1000;
};
/// One run, if it has not ended, or was quarantined.
struct LoadOne {
    RunId run;
};
using LoadQuery = std::variant<LoadBacklog, LoadDue, LoadWaiting, LoadOne>;

struct LoadedRuns {
    std::vector<UnfinishedRun> runs;
    std::optional<Timestamp> nextWake;  ///< for LoadDue: the earliest `wakeAt` of a parked run behind this page
};

/// Who holds a key.
struct OnceHolder {
    std::int64_t id = 0;  ///< of an event where the scope is `event:NAME`, else of a run
    Timestamp createdAt{};
    struct HeldRun {
        RunId run;
        Timestamp createdAt{};
        std::string pipeline;
    };
    std::vector<HeldRun> runs;  ///< of that event; or the one run
};

/// What the engine asks before it decides.
struct Lookup {
    struct Key {
        std::string scope;
        std::string key;
    };
    Timestamp now{};
    std::vector<Key> once;
    std::vector<Key> cache;
    std::vector<RunId> runs{};
};
struct Found {
    std::vector<std::optional<OnceHolder>> once;     ///< one for each key; absent: free
    std::vector<std::optional<std::string>> cached;  ///< one for each key: the output, unless expired
    std::vector<bool> runs{};                        ///< one for each: whether it is stored, ended or not
};

/// Events of one name, or of a pattern with `*` for any run of characters, in the order in which they came. A name is
/// looked up; a pattern costs a look at each event behind `after` until the page is full.
struct EventQuery {
    std::string name;
    EventId after;
    std::size_t limit = 100;
};

/// A run that collects events and has not started.
struct Collecting {
    RunId run;
    std::string lane;  ///< the `collect:` slot that it holds
    Timestamp createdAt{};
    Timestamp wakeAt{};
    EventId last;        ///< the newest event that counts
    Timestamp lastTs{};  ///< of that one
    std::size_t events = 0;
};

struct Delivery {
    Event event;
    RunId after;
};

/// All that the engine keeps in memory of what is not a run, as of the start.
struct Image {
    std::vector<SlotChange> slots;  ///< all that are held
    std::vector<Collecting> collecting;
    std::vector<std::pair<std::string, std::size_t>> waiting;  ///< families of waits and how many there are
    std::vector<std::pair<std::string, Timestamp>> moments;
    std::vector<Delivery> deliveries;  ///< by event
    std::vector<std::string> paused;   ///< pipelines
    std::vector<PluginSet> pluginSets;
    std::optional<Timestamp> nextWake;
    std::size_t queued = 0;  ///< runs that are unfinished and not parked

    bool onReserve = false;  ///< no space could be set aside: as Committed::onReserve
};

/// What the audit finds: nothing should ever be in there.
struct Violations {
    std::vector<SlotChange> slotsWithoutOwner;  ///< their run has ended or is unknown
    /// Neither `wakeAt`, nor a wait, nor a step that is held, nor a child that has not ended.
    std::vector<RunId> parkedWithoutWake;
};

struct Revision {
    RevisionId id;
    std::string pipeline;
    std::string hash;    ///< lower-case hex SHA-256 of `source`
    std::string source;  ///< all that is needed to compile it again: a JSON object of file names to contents
};

/// The write side of the store: all calls are carried out in the order in which they came, by one thread which is the
/// only one that writes (hardening R3). Thread-safe, and none of the asynchronous calls blocks. Callbacks run on the
/// store's thread and must only post.
class Store {
public:
    virtual ~Store() = default;

    /// One transaction; several batches that wait together share one sync (group commit). `done` runs when the batch is
    /// on disk, or when it is sure that nothing of it is.
    virtual void commit(Batch batch, std::function<void(Committed)> done) = 0;

    // Reads behind all commits handed in before. Empty as well when the disk has failed; commits then answer Failed.

    virtual void load(LoadQuery query, std::function<void(LoadedRuns)> done) = 0;
    virtual void lookup(Lookup lookup, std::function<void(Found)> done) = 0;
    virtual void findEvents(EventQuery query, std::function<void(std::vector<Event>)> done) = 0;
    /// Looks for what breaks the store's rules; at most `limit` of each kind. Where many runs are parked it looks at
    /// some thousands and goes on from there the next time.
    virtual void audit(std::size_t limit, std::function<void(Violations)> done) = 0;

    // Upkeep: each call is a small piece of work, so that commits never wait for long.

    /// Deletes what is over, in one transaction; none if nothing is.
    virtual void prune(Prune prune, std::function<void(Pruned)> done) = 0;
    /// Gives up to `pages` unused pages back to the file system; `done` is told whether it is worth another call.
    virtual void shrink(std::size_t pages, std::function<void(bool more)> done) = 0;

    /// Tries to set space aside again; `done` hears whether it is there. True at once where none is ever set aside.
    virtual void refill(std::function<void(bool)> done) { done(true); }

    // The rest is for the start, before the engine runs, but for the two about revisions, which may be called as long
    // as the store runs: a reload saves, from a thread that may wait. All block and throw Error.

    /// The key of the revision with this pipeline and hash; written if new.
    virtual RevisionId saveRevision(const Revision& revision) = 0;
    virtual std::optional<Revision> findRevision(RevisionId id) = 0;
    virtual Image image() = 0;
    /// Keys of events and runs are handed out by the engine, from these on: the largest ever stored.
    virtual EventId lastEventId() = 0;
    virtual RunId lastRunId() = 0;
};

}  // namespace stepd::store
