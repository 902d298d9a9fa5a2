#pragma once

#include "rehearsal/sim_tables.h"

namespace stepd::rehearsal {

// What a Store reads, from the tables of a SimStore. They look at every row: it is for tests.

store::LoadedRuns load(const SimTables& tables, const store::LoadQuery& query);
store::Found lookup(const SimTables& tables, const store::Lookup& lookup);
std::vector<Event> findEvents(const SimTables& tables, const store::EventQuery& query);
store::Violations audit(const SimTables& tables, std::size_t limit);
store::Image image(const SimTables& tables);

}  // namespace stepd::rehearsal
