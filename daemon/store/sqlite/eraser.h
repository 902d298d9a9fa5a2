#pragma once

#include "store/sqlite/statement.h"
#include "store/sqlite/survey.h"

namespace stepd::store {

/// Deletes what a survey found, inside the transaction of the caller. Confined to the writer's thread; throws Error.
class Eraser {
public:
    explicit Eraser(sqlite3* db);
    /// Fills in what `found.answer` could not know before.
    void erase(const Prune& slice, Survey::Found& found);

private:
    void eraseRun(RunId run);
    void eraseSome(RunId run, std::int64_t most);

    Statement attempts_;
    Statement steps_;
    Statement someAttempts_;
    Statement someSteps_;
    Statement collected_;
    Statement keys_;
    Statement run_;
    Statement event_;
    Statement lastRun_;
    Statement lastEvent_;
    Statement expiredKeys_;
    Statement expiredResults_;
};

}  // namespace stepd::store
