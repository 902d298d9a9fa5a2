#pragma once

#include <vector>

#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Reads unfinished runs with all that the engine needs to go on. Confined to the writer's thread; throws Error.
class RunLoader {
public:
    explicit RunLoader(sqlite3* db);
    /// Store::load.
    LoadedRuns load(const LoadQuery& query);

private:
    LoadedRuns loadBy(const LoadBacklog& query);
    LoadedRuns loadBy(const LoadDue& query);
    LoadedRuns loadBy(const LoadWaiting& query);
    LoadedRuns loadBy(const LoadOne& query);
    LoadedRuns loadEach(const std::vector<RunId>& page);
    UnfinishedRun loadWhole(RunId run);

    Statement backlog_;
    Statement due_;
    Statement nextWake_;
    Statement waiting_;
    Statement one_;
    Statement run_;
    Statement moreEvents_;
    Statement steps_;
    Statement children_;
    Statement waits_;
};

}  // namespace stepd::store
