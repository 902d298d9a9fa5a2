#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mailbox.h"
#include "base/random.h"
#include "engine/core.h"
#include "rehearsal/scripted_invoker.h"
#include "rehearsal/virtual_clock.h"
#include "store/sqlite/sqlite_store.h"

namespace stepd::test {

/// The engine's core in virtual time over a real SqliteStore, whatever disk that has. It waits for the store's thread
/// before anything else moves, so a life comes out the same each time, down to the calls of the disk. One thread.
class DiskLife {
public:
    /// Not started. `database` is the path of the store's file.
    explicit DiskLife(std::string database, engine::EngineOptions options = {});
    ~DiskLife();

    rehearsal::VirtualClock clock;
    rehearsal::ScriptedInvoker invoker{clock};
    std::unique_ptr<store::SqliteStore> store;
    std::unique_ptr<engine::Core> core;
    /// What the engine said as it gave up, since the start.
    std::vector<std::string> fatal;
    /// What the store said as the disk failed, in all processes so far.
    std::vector<std::string> diskFailures;
    /// Changes what the store is opened with.
    std::function<void(store::SqliteOptions&)> adjust;

    void use(const std::shared_ptr<pipeline::Pipeline>& pipeline) { pipelines_.push_back(pipeline); }

    /// A new process. Throws Error as the store does; then nothing runs.
    void start();
    /// The process ends, cleanly unless the store has failed. Safe twice.
    void stop();
    bool dead() const { return core == nullptr || !fatal.empty() || failuresBefore_ != diskFailures.size(); }
    /// The engine says that the store has no space.
    bool full() const { return core != nullptr && core->stats().storeFull; }

    void post(engine::Message message) { inbox_->post(std::move(message)); }
    /// Until nothing moves at this moment.
    void settle();
    /// Moves time, stopping wherever something is due. Ends early where the engine gives up, or finds the disk full
    /// that was not so before.
    void advance(Duration by);

private:
    class Counting;

    bool turn();
    void waitForStore();
    std::optional<Instant> nextDue() const;

    const std::string database_;
    const engine::EngineOptions options_;
    SeededRandom random_{1};
    std::vector<std::shared_ptr<pipeline::Pipeline>> pipelines_;
    std::map<RevisionId, pipeline::PipelinePtr> revisions_;
    std::shared_ptr<Mailbox<engine::Message>> inbox_;
    std::unique_ptr<Counting> counting_;
    std::uint64_t heard_ = 0;         // answers of the store
    std::size_t failuresBefore_ = 0;  // of earlier processes
};

}  // namespace stepd::test
