#pragma once

#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Looks for what breaks the store's rules. A look at the parked runs goes on where the last one ended, so that no call
/// holds the writer for long. Confined to the writer's thread; throws Error.
class Auditor {
public:
    explicit Auditor(sqlite3* db);
    /// Store::audit.
    Violations audit(std::size_t limit);

private:
    std::vector<SlotChange> slotsWithoutOwner(std::size_t limit);
    std::vector<RunId> parkedWithoutWake(std::size_t limit);

    Statement slots_;
    Statement parked_;
    RunId lookedAt_;
};

}  // namespace stepd::store
