#include "store/sqlite/flow_writer.h"

#include "store/sqlite/rows.h"

namespace stepd::store {

FlowWriter::FlowWriter(sqlite3* db)
    : takeSlot_(db, "INSERT INTO slots (lane, run, step) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
      giveSlot_(db, "DELETE FROM slots WHERE lane = ? AND run = ? AND step = ?"),
      setMoment_(db, "INSERT INTO moments (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at"),
      forgetMoment_(db, "DELETE FROM moments WHERE name = ?"),
      setCache_(db,
                "INSERT INTO cache (scope, key, expires_at, output) VALUES (?, ?, ?, ?) ON CONFLICT (scope, key) "
                "DO UPDATE SET expires_at = excluded.expires_at, output = excluded.output"),
      setDelivery_(db,
                   "INSERT INTO deliveries (event, after) VALUES (?, ?) ON CONFLICT (event) "
                   "DO UPDATE SET after = excluded.after"),
      endDelivery_(db, "DELETE FROM deliveries WHERE event = ?"),
      pause_(db, "INSERT INTO pauses (pipeline) VALUES (?) ON CONFLICT DO NOTHING"),
      unpause_(db, "DELETE FROM pauses WHERE pipeline = ?"),
      cachePruner_(db, "cache") {}

void FlowWriter::carryOut(const SlotChange& change) {
    Statement& statement = change.held ? takeSlot_ : giveSlot_;
    if (statement.run(change.lane, change.run, std::int64_t{change.step}) != 1)
        throw Refused(nameOf(change.run, change.step) + (change.held ? " holds" : " does not hold") + " a slot of " +
                      change.lane);
}

void FlowWriter::carryOut(const MomentChange& change) {
    if (change.at) {
        setMoment_.run(change.name, *change.at);
    } else {
        forgetMoment_.run(change.name);
    }
}

void FlowWriter::carryOut(const CacheChange& change) {
    setCache_.run(change.scope, change.key, change.expiresAt, change.output);
    cachePruner_.added();
}

void FlowWriter::carryOut(const DeliveryChange& change) {
    if (change.done) {
        endDelivery_.run(change.event);
    } else {
        setDelivery_.run(change.event, change.after);
    }
}

void FlowWriter::carryOut(const PauseChange& change) {
    (change.paused ? pause_ : unpause_).run(change.pipeline);
}

}  // namespace stepd::store
