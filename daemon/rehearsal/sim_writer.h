#pragma once

#include "rehearsal/sim_tables.h"

namespace stepd::rehearsal {

/// One transaction: a batch is written whole, or, where a guard does not hold, not at all.
store::Committed write(SimTables& tables, const store::Batch& batch);

}  // namespace stepd::rehearsal
