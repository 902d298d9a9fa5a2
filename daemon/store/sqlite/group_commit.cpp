#include "store/sqlite/group_commit.h"

#include <algorithm>

namespace stepd::store {

GroupCommit::GroupCommit(sqlite3* db, CommitObserver* observer, Reserve* reserve)
    : db_(db),
      observer_(observer),
      reserve_(reserve),
      writer_(db),
      begin_(db, "BEGIN IMMEDIATE"),
      commit_(db, "COMMIT") {}

void GroupCommit::fail(const std::string& reason) {
    if (!failure_) failure_ = reason;
}

std::vector<Committed> GroupCommit::commit(const std::vector<const Batch*>& batches) {
    if (std::ranges::all_of(batches, &Batch::empty)) return std::vector<Committed>(batches.size());
    auto answers = commitOnce(batches);
    try {
        if (outOfSpace_ && reserve_ != nullptr && reserve_->release()) {
            noSpace_ = answers.front().message;
            answers = commitOnce(batches);
        }
    } catch (const Error& error) {
        fail(error.what());
        return std::vector<Committed>(batches.size(), Committed{CommitStatus::Failed, error.what(), {}});
    }
    if (reserve_ == nullptr || reserve_->held()) return answers;
    for (Committed& answer : answers) {
        if (answer.status != CommitStatus::Durable) continue;
        answer.onReserve = true;
        answer.message = noSpace_;
    }
    return answers;
}

std::vector<Committed> GroupCommit::commitOnce(const std::vector<const Batch*>& batches) {
    outOfSpace_ = false;
    if (failure_) return std::vector<Committed>(batches.size(), Committed{CommitStatus::Failed, *failure_, {}});
    try {
        try {
            return writeAll(batches, Isolation::Shared);
        } catch (const Refused& refused) {
            rollBack();
            if (batches.size() == 1) return {{CommitStatus::Failed, refused.what(), {}}};
            return writeAll(batches, Isolation::Savepoints);
        }
    } catch (const Error& error) {
        outOfSpace_ = error.code() == ErrorCode::StoreFull;
        return std::vector<Committed>(batches.size(), undo(error));
    }
}

Committed GroupCommit::commitAlone(const std::function<void()>& body) {
    if (failure_) return {CommitStatus::Failed, *failure_, {}};
    try {
        try {
            begin_.run();
            body();
            seal();
            return {};
        } catch (const Refused& refused) {
            rollBack();
            return {CommitStatus::Failed, refused.what(), {}};
        }
    } catch (const Error& error) {
        return undo(error);
    }
}

/// Nothing of the transaction is left. Another program that holds the database for long is like a full disk: later it
/// works again.
Committed GroupCommit::undo(const Error& error) {
    auto status = error.code() == ErrorCode::StoreFull || error.code() == ErrorCode::StoreBusy ? CommitStatus::Full
                                                                                               : CommitStatus::Failed;
    std::string reason = error.what();
    try {
        rollBack();
    } catch (const Error& second) {
        status = CommitStatus::Failed;
        reason += "; " + std::string(second.what());
    }
    if (status == CommitStatus::Failed) fail(reason);
    return {status, reason, {}};
}

std::vector<Committed> GroupCommit::writeAll(const std::vector<const Batch*>& batches, Isolation isolation) {
    std::vector<Committed> answers;
    answers.reserve(batches.size());
    begin_.run();
    for (const Batch* batch : batches)
        answers.push_back(isolation == Isolation::Shared ? write(*batch) : writeAlone(*batch));
    writer_.prune();
    seal();
    return answers;
}

void GroupCommit::seal() {
    ++transactions_;
    if (observer_ != nullptr) observer_->beforeCommit(transactions_);
    commit_.run();
    if (observer_ != nullptr) observer_->afterCommit(transactions_);
}

Committed GroupCommit::write(const Batch& batch) {
    writer_.write(batch);
    return {};
}

Committed GroupCommit::writeAlone(const Batch& batch) {
    execute(db_, "SAVEPOINT batch");
    try {
        auto answer = write(batch);
        execute(db_, "RELEASE batch");
        return answer;
    } catch (const Refused& refused) {
        execute(db_, "ROLLBACK TO batch");
        execute(db_, "RELEASE batch");
        return {CommitStatus::Failed, refused.what(), {}};
    }
}

void GroupCommit::rollBack() {
    // After some errors SQLite has rolled back by itself.
    if (sqlite3_get_autocommit(db_) == 0) execute(db_, "ROLLBACK");
}

}  // namespace stepd::store
