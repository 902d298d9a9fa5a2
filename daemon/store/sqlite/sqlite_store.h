#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/mailbox.h"
#include "base/service.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/commit_observer.h"
#include "store/sqlite/reserve.h"
#include "store/store.h"

namespace stepd::store {

struct SqliteOptions {
    std::string path;  ///< of the database; its directory exists; `stepd.lock` lies beside it
    /// Called once, on the store's thread, with a sentence, when the disk has failed: the daemon must stop (hardening
    /// R6).
    std::function<void(std::string)> onFailure{};
    CommitObserver* observer = nullptr;  ///< outlives the store
    std::unique_ptr<Reserve> reserve{};  ///< given up when the disk is full; null: none is kept
    Checkpointer::Limits checkpoint{};   ///< when the write-ahead log is moved into the database
};

/// The store in an SQLite file. One thread of its own holds the only connection that writes and checkpoints.
/// Thread-safe. Calls are taken from `start` to `stop`; later ones are dropped without a callback, as by a killed
/// process.
class SqliteStore final : public Store, public Service {
public:
    /// Takes the lock, checks and migrates the schema; blocks. Throws Error: StoreBusy (another daemon; the sentence
    /// names the lock file and the process), StoreTooNew (the file is untouched), StoreCorrupt, StoreIo, StoreFull,
    /// System.
    explicit SqliteStore(SqliteOptions options);
    ~SqliteStore() override;

    /// Empty, or what an operator should know about the SQLite library; to be logged at start.
    const std::string& warning() const { return warning_; }

    /// Empty, or the file that holds the database as it was before its schema was brought up to date; to be logged.
    const std::string& copyBeforeMigration() const;
    /// Copies the database into a new file while it is in use, between the commits: `done` is told, on the store's
    /// thread, what went wrong, or nothing. The file is neither checked nor synced. One at a time.
    void backUp(std::string path, std::function<void(std::optional<Error>)> done);

    // Service
    const char* name() const override { return "store"; }
    void start() override;
    /// Carries out all that was handed in before, then empties the write-ahead log.
    void stop() override;

    // Store
    void commit(Batch batch, std::function<void(Committed)> done) override;
    void load(LoadQuery query, std::function<void(LoadedRuns)> done) override;
    void lookup(Lookup lookup, std::function<void(Found)> done) override;
    void findEvents(EventQuery query, std::function<void(std::vector<Event>)> done) override;
    void audit(std::size_t limit, std::function<void(Violations)> done) override;
    void prune(Prune prune, std::function<void(Pruned)> done) override;
    void shrink(std::size_t pages, std::function<void(bool more)> done) override;
    void refill(std::function<void(bool)> done) override;
    RevisionId saveRevision(const Revision& revision) override;
    std::optional<Revision> findRevision(RevisionId id) override;
    Image image() override;
    EventId lastEventId() override;
    RunId lastRunId() override;

private:
    class Writer;
    struct Commit {
        Batch batch;
        std::function<void(Committed)> done;
    };
    using Call = std::function<void()>;
    using Message = std::variant<Commit, Call>;

    void loop();
    void carryOut(std::vector<Message> messages);
    void carryOut(std::vector<Commit> group);
    Pruned carryOut(const Prune& slice);
    bool giveBack(std::size_t pages);
    void checkpoint();
    std::optional<Instant> copyDue() const;
    void copyOn();
    void endCopy(std::optional<Error> problem);
    void tellFailure();
    /// Posts a read: `done` gets what `body` returns, or `nothing` if the disk has failed.
    template <typename Answer, typename Body>
    void read(Answer nothing, std::function<void(Answer)> done, Body body);
    /// Runs `body` on the writer's thread and waits for what it returns or throws.
    template <typename Body>
    auto onWriter(Body body);

    const std::string warning_;
    std::atomic<bool> started_ = false;
    const std::function<void(std::string)> onFailure_;
    bool failureTold_ = false;  // writer's thread only, as is *writer_
    std::unique_ptr<Writer> writer_;
    Mailbox<Message> mailbox_;
    std::thread thread_;
};

}  // namespace stepd::store
