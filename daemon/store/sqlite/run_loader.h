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
    std::vector<UnfinishedRun> load(const LoadQuery& query);

private:
    void readSteps(UnfinishedRun& unfinished);
    void readOpenAttempts(UnfinishedRun& unfinished);

    Statement runs_;
    Statement steps_;
    Statement openAttempts_;
};

}  // namespace stepd::store
