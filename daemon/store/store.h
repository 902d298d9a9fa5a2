#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/run.h"

namespace stepd::store {

/// A key that may be taken once within its time to live. Time is that of the newcomer (`receivedAt`, `createdAt`): the
/// store has no clock of its own. An expired key is free.
struct OnceKey {
    std::string scope;  ///< `event:NAME`, or `run:PIPELINE`
    std::string key;
    Timestamp expiresAt{};
};

/// A new run with its first steps and attempts. Nothing of it is written if `once` is taken.
struct NewRun {
    Run run;
    std::optional<OnceKey> once;
    std::vector<StepRecord> steps;
    std::vector<AttemptRecord> attempts;
};

/// A new event with the runs it starts. Nothing of it is written if `once` is taken.
struct Admission {
    Event event;
    std::optional<OnceKey> once;
    std::vector<NewRun> runs;
};

/// Compare and set of a run: from `from` to `run.state`, with its times, output and error; the rest never changes.
struct RunChange {
    RunState from = RunState::Queued;
    Run run;
};

/// Compare and set of a step; absent `from` inserts it. `step.attempts` never goes down, so that a late replay of an
/// earlier attempt's change is refused. Name and kind stay as inserted.
struct StepChange {
    RunId run;
    std::optional<StepState> from;
    StepRecord step;
};

/// An attempt about to start. Unique by (run, step, number).
struct AttemptStart {
    RunId run;
    AttemptRecord attempt;
};

/// Ends an open attempt; one that has ended already is a broken guard.
struct AttemptEnd {
    RunId run;
    AttemptRecord attempt;
};

using Change = std::variant<Admission, RunChange, StepChange, AttemptStart, AttemptEnd>;

/// Changes that become durable together.
struct Batch {
    std::vector<Change> changes;
    bool empty() const { return changes.empty(); }
};

/// What became of one Admission.
struct Admitted {
    /// Absent: stored. Else the event that has the key; then `runs` are that event's runs.
    std::optional<EventId> duplicateOf;
    Timestamp duplicateReceivedAt{};
    struct AdmittedRun {
        RunId run;               ///< as asked for, or the one that holds the key
        Timestamp createdAt{};   ///< of that run
        bool duplicate = false;  ///< nothing was written for it
        std::string pipeline;    ///< of that run
    };
    std::vector<AdmittedRun> runs;
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
    std::string message;             ///< one sentence unless Durable
    std::vector<Admitted> admitted;  ///< one for each Admission of the batch, in order; only if Durable
};

/// A run that has not ended, with all the engine needs to go on with it.
struct UnfinishedRun {
    Run run;
    Event event;
    std::vector<StepRecord> steps;    ///< by number
    std::vector<AttemptRecord> open;  ///< attempts without an end: the daemon died under them
};

/// Which unfinished runs to load, oldest first.
struct LoadQuery {
    RunId after;  ///< only runs with a larger key; zero: from the start
    std::size_t limit = 1000;
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

    /// Reads behind all commits handed in before. Empty as well when the disk has failed; commits then answer Failed.
    virtual void load(LoadQuery query, std::function<void(std::vector<UnfinishedRun>)> done) = 0;

    // The rest is for the start, before the engine runs; these block and throw Error.

    /// The key of the revision with this pipeline and hash; written if new.
    virtual RevisionId saveRevision(const Revision& revision) = 0;
    virtual std::optional<Revision> findRevision(RevisionId id) = 0;
    /// Keys of events and runs are handed out by the engine, from these on.
    virtual EventId lastEventId() = 0;
    virtual RunId lastRunId() = 0;
};

}  // namespace stepd::store
