#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/sqlite/batch_writer.h"
#include "store/sqlite/commit_observer.h"
#include "store/sqlite/reserve.h"

namespace stepd::store {

/// Makes the batches that wait together durable with one transaction and one sync. Confined to the writer's thread.
class GroupCommit {
public:
    /// `reserve`: null, or given up when the disk is full; outlives this.
    GroupCommit(sqlite3* db, CommitObserver* observer, Reserve* reserve);

    /// One answer for each batch, in order; an answer's `batch` is left empty, the caller has it. A batch that breaks a
    /// guard fails alone. No space: the reserve is given up and all is tried again at once; without one all are Full.
    /// From then on answers are `onReserve` until it is filled. A failed disk: all are Failed, now and for ever; a
    /// failed sync is never tried again (hardening R6).
    std::vector<Committed> commit(const std::vector<const Batch*>& batches);
    /// What `body` writes, alone in a transaction; it may throw as a Statement does.
    Committed commitAlone(const std::function<void()>& body);

    /// Why the disk is given up; absent while it works.
    const std::optional<std::string>& failure() const { return failure_; }
    void fail(const std::string& reason);

private:
    enum class Isolation { Shared, Savepoints };

    std::vector<Committed> commitOnce(const std::vector<const Batch*>& batches);
    std::vector<Committed> writeAll(const std::vector<const Batch*>& batches, Isolation isolation);
    Committed write(const Batch& batch);
    Committed writeAlone(const Batch& batch);
    void seal();
    Committed undo(const Error& error);
    void rollBack();

    sqlite3* db_;
    CommitObserver* observer_;
    Reserve* reserve_;
    BatchWriter writer_;
    Statement begin_;
    Statement commit_;
    std::uint64_t transactions_ = 0;
    std::optional<std::string> failure_;
    bool outOfSpace_ = false;  // the last try
    std::string noSpace_;      // the sentence that was said as the reserve was given up
};

}  // namespace stepd::store
