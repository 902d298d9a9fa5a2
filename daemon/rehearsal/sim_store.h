#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rehearsal/sim_tables.h"
#include "store/readers.h"
#include "store/store.h"

namespace stepd::rehearsal {

/// What a SimStore does at a chosen commit.
enum class SimFault {
    Full,         ///< answers Full, writes nothing; the next commit works again
    Failed,       ///< answers Failed, and so does every later commit until `restart`
    CrashBefore,  ///< the process dies: nothing is written, no callback runs
    CrashAfter,   ///< the process dies with the batch on disk, before anyone hears of it
};

/// A store in memory with the meaning of the SQLite one (both pass StoreContract), that moves only when the test pumps
/// it. Deterministic; one thread. It outlives the engine under test: what was committed is its disk.
class SimStore final : public store::Store, public store::Readers {
public:
    // Store
    void commit(store::Batch batch, std::function<void(store::Committed)> done) override;
    void load(store::LoadQuery query, std::function<void(store::LoadedRuns)> done) override;
    void lookup(store::Lookup lookup, std::function<void(store::Found)> done) override;
    void findEvents(store::EventQuery query, std::function<void(std::vector<Event>)> done) override;
    void audit(std::size_t limit, std::function<void(store::Violations)> done) override;
    /// A slice that deletes something counts as a commit.
    void prune(store::Prune prune, std::function<void(store::Pruned)> done) override;
    /// There are no pages.
    void shrink(std::size_t pages, std::function<void(bool more)> done) override;
    RevisionId saveRevision(const store::Revision& revision) override;
    std::optional<store::Revision> findRevision(RevisionId id) override;
    store::Image image() override;
    EventId lastEventId() override;
    RunId lastRunId() override;

    // Readers
    std::optional<Event> findEvent(EventId id) override;
    std::vector<Event> listEvents(const std::optional<std::string>& name, store::Page<EventId> page) override;
    std::optional<Run> findRun(RunId id) override;
    std::vector<Run> listRuns(const store::RunFilter& filter, store::Page<RunId> page) override;
    std::size_t countRuns(const store::RunFilter& filter) override;
    std::vector<Event> eventsOf(RunId run) override;
    std::vector<StepRecord> stepsOf(RunId run) override;
    std::vector<AttemptRecord> attemptsOf(RunId run) override;
    std::string pluginBuilds(PluginSetId set) override;
    store::StoreStats stats() override;

    /// Carries out the oldest call and its callback. False if nothing waits or the process is dead.
    bool pumpOne();
    /// Until nothing waits, calls made by callbacks included. Returns how many calls were carried out.
    std::size_t pump();
    std::size_t waiting() const { return queue_.size(); }

    /// Drops all that waits, callbacks included, as when the process is killed; later calls are dropped until
    /// `restart`.
    void crash();
    /// A new process on the same disk: healthy, nothing waits, no fault is armed.
    void restart();
    bool crashed() const { return crashed_; }

    /// Arms a fault for the n-th commit from now; 1 is the next one.
    void faultAt(std::uint64_t n, SimFault fault) { faults_[commits_ + n] = fault; }
    /// Commits tried so far.
    std::uint64_t commits() const { return commits_; }
    /// Called with each batch right before it is written; what it makes of it is written. For tests that look, or lie.
    void onWrite(std::function<void(store::Batch&)> seen) { seen_ = std::move(seen); }
    /// Says Durable to each commit before it is written, as a disk does that lies.
    void answerEarly() { answersEarly_ = true; }

private:
    struct Commit {
        store::Batch batch;
        std::function<void(store::Committed)> done;
    };
    using Read = std::function<void()>;

    void ask(Read read);
    void carryOut(Commit commit);
    void carryOut(const store::Prune& slice, const std::function<void(store::Pruned)>& done);
    std::optional<SimFault> nextFault();

    SimTables tables_;
    std::deque<std::variant<Commit, Read>> queue_;
    std::map<std::uint64_t, SimFault> faults_;
    std::uint64_t commits_ = 0;
    std::function<void(store::Batch&)> seen_;
    bool answersEarly_ = false;
    bool crashed_ = false;
    bool failed_ = false;
};

}  // namespace stepd::rehearsal
