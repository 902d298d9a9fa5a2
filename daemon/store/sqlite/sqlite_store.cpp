#include "store/sqlite/sqlite_store.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/named_thread.h"
#include "base/system_clock.h"
#include "store/sqlite/auditor.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/eraser.h"
#include "store/sqlite/event_search.h"
#include "store/sqlite/free_pages.h"
#include "store/sqlite/group_commit.h"
#include "store/sqlite/image.h"
#include "store/sqlite/key_lookup.h"
#include "store/sqlite/lock_file.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/online_backup.h"
#include "store/sqlite/revisions.h"
#include "store/sqlite/run_loader.h"
#include "store/sqlite/survey.h"

namespace stepd::store {
namespace {

// Of a backup: 16 MB/s at most, so that commits find writer and disk free most of the time.
constexpr int kPagesAtOnce = 16;
constexpr Duration kShortestRest = 4ms;
constexpr Duration kLongestRest = 100ms;

std::string lockPath(const std::string& database) {
    return (std::filesystem::absolute(database).parent_path() / "stepd.lock").string();
}

/// A connection that knows its schema; nothing else may be prepared on it before.
struct WriterConnection : Connection {
    explicit WriterConnection(const std::string& path) : Connection(path, Role::Writer) {
        // Settled with the first page; later it would take a VACUUM.
        if (checkSchema(*this, migrations()) == 0) execute(handle(), "PRAGMA auto_vacuum=INCREMENTAL");
        configure();
        copyBefore = migrate(*this, path, migrations());
    }
    std::string copyBefore;
};

std::int64_t lastKey(Connection& connection, const std::string& table) {
    return std::stoll(connection.ask("SELECT max(coalesce((SELECT max(id) FROM " + table +
                                     "), 0), coalesce((SELECT key FROM last_keys WHERE of = '" + table + "'), 0))"));
}

}  // namespace

/// All that lives on the writer's thread.
class SqliteStore::Writer {
public:
    explicit Writer(SqliteOptions& options)
        : lock(lockPath(options.path)),
          reserve(std::move(options.reserve)),
          connection(options.path),
          group(connection.handle(), options.observer, reserve.get()),
          loader(connection.handle()),
          keys(connection.handle()),
          events(connection.handle()),
          auditor(connection.handle()),
          survey(connection.handle()),
          eraser(connection.handle()),
          freePages(connection.handle()),
          beginRead(connection.handle(), "BEGIN"),
          endRead(connection.handle(), "COMMIT"),
          checkpointer(connection.handle(), options.checkpoint) {
        if (reserve) reserve->fill();
    }

    LockFile lock;
    const std::unique_ptr<Reserve> reserve;
    WriterConnection connection;
    GroupCommit group;
    RunLoader loader;
    KeyLookup keys;
    EventSearch events;
    Auditor auditor;
    Survey survey;
    Eraser eraser;
    FreePages freePages;
    // Around the many small queries of a read: else each of them locks the file anew, which takes most of the time.
    Statement beginRead;
    Statement endRead;
    Checkpointer checkpointer;
    /// A backup that goes on.
    struct Copying {
        std::unique_ptr<OnlineBackup> backup;
        std::function<void(std::optional<Error>)> done;
        Instant next;  ///< when it goes on
    };
    std::optional<Copying> copying;
};

SqliteStore::SqliteStore(SqliteOptions options)
    : warning_(libraryWarning()),
      onFailure_(std::move(options.onFailure)),
      writer_(std::make_unique<Writer>(options)) {}

const std::string& SqliteStore::copyBeforeMigration() const {
    return writer_->connection.copyBefore;
}

SqliteStore::~SqliteStore() {
    stop();
}

void SqliteStore::start() {
    thread_ = namedThread("store", [this] { loop(); });
    started_ = true;
}

void SqliteStore::stop() {
    mailbox_.close();
    if (thread_.joinable()) thread_.join();
}

void SqliteStore::commit(Batch batch, std::function<void(Committed)> done) {
    mailbox_.post(Commit{std::move(batch), std::move(done)});
}

template <typename Answer, typename Body>
void SqliteStore::read(Answer nothing, std::function<void(Answer)> done, Body body) {
    mailbox_.post(Call([this, answer = std::move(nothing), done = std::move(done), body = std::move(body)]() mutable {
        if (!writer_->group.failure()) {
            try {
                writer_->beginRead.run();
                answer = body();
                writer_->endRead.run();
            } catch (const Error& error) {
                writer_->group.fail(error.what());
            }
        }
        tellFailure();  // before anybody takes the empty answer for the truth
        done(std::move(answer));
    }));
}

void SqliteStore::load(LoadQuery query, std::function<void(LoadedRuns)> done) {
    read(LoadedRuns(), std::move(done), [this, query = std::move(query)] { return writer_->loader.load(query); });
}

void SqliteStore::lookup(Lookup lookup, std::function<void(Found)> done) {
    Found nothing;
    nothing.once.resize(lookup.once.size());
    nothing.cached.resize(lookup.cache.size());
    nothing.runs.resize(lookup.runs.size());
    read(std::move(nothing), std::move(done),
         [this, lookup = std::move(lookup)] { return writer_->keys.find(lookup); });
}

void SqliteStore::findEvents(EventQuery query, std::function<void(std::vector<Event>)> done) {
    read(std::vector<Event>(), std::move(done),
         [this, query = std::move(query)] { return writer_->events.find(query); });
}

void SqliteStore::audit(std::size_t limit, std::function<void(Violations)> done) {
    read(Violations(), std::move(done), [this, limit] { return writer_->auditor.audit(limit); });
}

void SqliteStore::prune(Prune prune, std::function<void(Pruned)> done) {
    mailbox_.post(Call([this, prune = std::move(prune), done = std::move(done)] {
        done(carryOut(prune));
        tellFailure();
    }));
}

/// What is over is found before anything is locked for writing: mostly there is nothing, and then nothing is synced.
Pruned SqliteStore::carryOut(const Prune& slice) {
    Survey::Found found;
    Committed committed{CommitStatus::Failed, writer_->group.failure().value_or(""), {}};
    if (!writer_->group.failure()) {
        try {
            writer_->beginRead.run();
            found = writer_->survey.look(slice);
            writer_->endRead.run();
            committed = {};
        } catch (const Error& error) {
            writer_->group.fail(error.what());
            committed.message = error.what();
        }
    }
    if (!found.nothing()) {
        committed = writer_->group.commitAlone([&] { writer_->eraser.erase(slice, found); });
        checkpoint();
    }
    if (committed.status == CommitStatus::Durable) return std::move(found.answer);
    const auto status = committed.status == CommitStatus::Full ? Pruned::Status::Later : Pruned::Status::Failed;
    return {.status = status, .message = committed.message, .stays = {}, .rest = {}};
}

void SqliteStore::shrink(std::size_t pages, std::function<void(bool)> done) {
    mailbox_.post(Call([this, pages, done = std::move(done)] {
        done(giveBack(pages));
        tellFailure();
    }));
}

bool SqliteStore::giveBack(std::size_t pages) {
    if (writer_->group.failure()) return false;
    try {
        if (!writer_->freePages.worthIt()) return false;
        const auto committed = writer_->group.commitAlone([&] { writer_->freePages.giveBack(pages); });
        checkpoint();
        return committed.status == CommitStatus::Durable && writer_->freePages.worthIt();
    } catch (const Error& error) {
        writer_->group.fail(error.what());
        return false;
    }
}

void SqliteStore::backUp(std::string path, std::function<void(std::optional<Error>)> done) {
    const bool taken = mailbox_.post(Call([this, path = std::move(path), done] {
        if (writer_->copying) return done(Error(ErrorCode::StoreBusy, "another backup goes on"));
        try {
            writer_->copying.emplace(
                Writer::Copying{std::make_unique<OnlineBackup>(writer_->connection.handle(), path), done, {}});
        } catch (const Error& error) {
            done(error);
        }
    }));
    if (!taken) done(Error(ErrorCode::Unavailable, "the store has stopped"));
}

/// When the next pages are to be copied; absent: nothing is copied.
std::optional<Instant> SqliteStore::copyDue() const {
    return writer_->copying ? std::optional(writer_->copying->next) : std::nullopt;
}

/// A few pages, and then a rest.
void SqliteStore::copyOn() {
    const Instant begun = SystemClock().instant();
    if (!writer_->copying || begun < writer_->copying->next) return;
    std::optional<Error> problem;
    try {
        if (!writer_->copying->backup->step(kPagesAtOnce)) {
            const Instant now = SystemClock().instant();
            writer_->copying->next = now + std::clamp<Duration>(3 * (now - begun), kShortestRest, kLongestRest);
            return;
        }
    } catch (const Error& error) {
        problem = error;
    }
    endCopy(std::move(problem));
}

void SqliteStore::endCopy(std::optional<Error> problem) {
    if (!writer_->copying) return;
    const auto done = std::move(writer_->copying->done);
    writer_->copying.reset();
    done(std::move(problem));
}

void SqliteStore::refill(std::function<void(bool)> done) {
    mailbox_.post(Call([this, done = std::move(done)] {
        bool there = false;
        if (!writer_->group.failure()) {
            try {
                there = !writer_->reserve || writer_->reserve->fill();
            } catch (const Error& error) {
                writer_->group.fail(error.what());
            }
        }
        tellFailure();
        done(there);
    }));
}

template <typename Body>
auto SqliteStore::onWriter(Body body) {
    if (!started_) throw Error(ErrorCode::Unavailable, "the store is not started");
    std::packaged_task<decltype(body())()> task(std::move(body));
    auto result = task.get_future();
    if (!mailbox_.post(Call([&task] { task(); }))) throw Error(ErrorCode::Unavailable, "the store has stopped");
    return result.get();
}

RevisionId SqliteStore::saveRevision(const Revision& revision) {
    return onWriter([&] { return store::saveRevision(writer_->connection, revision); });
}

std::optional<Revision> SqliteStore::findRevision(RevisionId id) {
    return onWriter([&] { return store::findRevision(writer_->connection, id); });
}

Image SqliteStore::image() {
    return onWriter([&] {
        Image image = readImage(writer_->connection.handle());
        image.onReserve = writer_->reserve && !writer_->reserve->held();
        return image;
    });
}

EventId SqliteStore::lastEventId() {
    return onWriter([&] { return EventId{lastKey(writer_->connection, "events")}; });
}

RunId SqliteStore::lastRunId() {
    return onWriter([&] { return RunId{lastKey(writer_->connection, "runs")}; });
}

void SqliteStore::loop() {
    for (;;) {
        auto messages = mailbox_.takeUntil(copyDue());
        if (messages.empty() && mailbox_.closed()) break;
        carryOut(std::move(messages));
        copyOn();
    }
    endCopy(Error(ErrorCode::Unavailable, "the store stops"));
    if (writer_->group.failure()) return;
    try {
        writer_->checkpointer.atEnd();
    } catch (const Error& error) {
        writer_->group.fail(error.what());
        tellFailure();
    }
}

void SqliteStore::carryOut(std::vector<Message> messages) {
    std::vector<Commit> group;
    for (auto& message : messages) {
        if (auto* commit = std::get_if<Commit>(&message)) {
            group.push_back(std::move(*commit));
            continue;
        }
        carryOut(std::exchange(group, {}));
        std::get<Call>(message)();
    }
    carryOut(std::move(group));
}

void SqliteStore::carryOut(std::vector<Commit> group) {
    if (group.empty()) return;
    std::vector<const Batch*> batches;
    batches.reserve(group.size());
    for (const auto& commit : group) batches.push_back(&commit.batch);
    auto answers = writer_->group.commit(batches);
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (answers[i].status == CommitStatus::Full) answers[i].batch = std::move(group[i].batch);
        group[i].done(std::move(answers[i]));
    }
    checkpoint();
    tellFailure();
}

void SqliteStore::checkpoint() {
    if (writer_->group.failure()) return;
    try {
        writer_->checkpointer.afterCommit();
    } catch (const Error& error) {
        writer_->group.fail(error.what());
    }
}

void SqliteStore::tellFailure() {
    const auto& failure = writer_->group.failure();
    if (!failure || std::exchange(failureTold_, true)) return;
    if (onFailure_) onFailure_(*failure);
}

}  // namespace stepd::store
