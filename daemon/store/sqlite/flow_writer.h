#pragma once

#include "store/sqlite/pruner.h"
#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Carries out the changes that are of no run, event or step: slots, moments, cached results, deliveries, pauses.
/// Inside the transaction of the caller; throws as BatchWriter.
class FlowWriter {
public:
    explicit FlowWriter(sqlite3* db);

    void carryOut(const SlotChange& change);
    void carryOut(const MomentChange& change);
    void carryOut(const CacheChange& change);
    void carryOut(const DeliveryChange& change);
    void carryOut(const PauseChange& change);

    void prune(Timestamp now) { cachePruner_.prune(now); }

private:
    Statement takeSlot_;
    Statement giveSlot_;
    Statement setMoment_;
    Statement forgetMoment_;
    Statement setCache_;
    Statement setDelivery_;
    Statement endDelivery_;
    Statement pause_;
    Statement unpause_;
    Pruner cachePruner_;
};

}  // namespace stepd::store
