#pragma once

#include <optional>
#include <vector>

#include "rehearsal/sim_tables.h"

namespace stepd::rehearsal {

/// What of a slice is over.
struct SimOver {
    store::Pruned answer;
    std::vector<std::int64_t> over;          ///< keys of runs, or of events
    std::optional<RunId> tooLarge;           ///< over as well, but its steps do not fit into one slice
    std::vector<SimTables::ScopedKey> keys;  ///< of `once`
    std::vector<SimTables::ScopedKey> cachedKeys;
    bool nothing() const { return over.empty() && !tooLarge && keys.empty() && cachedKeys.empty(); }
};

/// store::Store::prune, in two halves.
SimOver survey(const SimTables& tables, const store::Prune& slice);
void erase(SimTables& tables, const store::Prune& slice, const SimOver& over);

}  // namespace stepd::rehearsal
