#include "store/sqlite/image.h"

#include "store/sqlite/rows.h"

namespace stepd::store {
namespace {

std::vector<Collecting> collecting(sqlite3* db) {
    // ';' follows ':'.
    Statement select(
        db,
        "SELECT page.id, page.lane, page.created_at, page.wake_at, events.id, events.ts, page.others + 1 FROM "
        "(SELECT runs.*, slots.lane, "
        "(SELECT max(event) FROM run_events WHERE run_events.run = runs.id) AS latest, "
        "(SELECT count(*) FROM run_events WHERE run_events.run = runs.id) AS others "
        "FROM slots JOIN runs ON runs.id = slots.run "
        "WHERE slots.lane >= 'collect:' AND slots.lane < 'collect;' AND runs.state = 0 AND parked = 1) "
        "AS page JOIN events ON events.id = coalesce(page.latest, page.event) ORDER BY page.lane");
    std::vector<Collecting> list;
    for (Rows row = select.query(); row.next();)
        list.push_back({{row.integer(0)},
                        row.text(1),
                        row.time(2),
                        row.time(3),
                        {row.integer(4)},
                        row.time(5),
                        static_cast<std::size_t>(row.integer(6))});
    return list;
}

}  // namespace

Image readImage(sqlite3* db) {
    Image image;
    Statement slots(db, "SELECT lane, run, step FROM slots ORDER BY lane, run, step");
    for (Rows row = slots.query(); row.next();)
        image.slots.push_back({row.text(0), {row.integer(1)}, row.integer32(2), true});
    image.collecting = collecting(db);
    Statement waiting(db, "SELECT family, count(*) FROM waits GROUP BY family ORDER BY family");
    for (Rows row = waiting.query(); row.next();)
        image.waiting.emplace_back(row.text(0), static_cast<std::size_t>(row.integer(1)));
    Statement moments(db, "SELECT name, at FROM moments ORDER BY name");
    for (Rows row = moments.query(); row.next();) image.moments.emplace_back(row.text(0), row.time(1));
    Statement deliveries(db, "SELECT after, " + std::string(kEventColumns) +
                                 " FROM deliveries JOIN events ON events.id = deliveries.event ORDER BY event");
    for (Rows row = deliveries.query(); row.next();) image.deliveries.push_back({readEvent(row, 1), {row.integer(0)}});
    Statement paused(db, "SELECT pipeline FROM pauses ORDER BY pipeline");
    for (Rows row = paused.query(); row.next();) image.paused.push_back(row.text(0));
    Statement sets(db, "SELECT id, builds FROM plugin_sets ORDER BY id");
    for (Rows row = sets.query(); row.next();) image.pluginSets.push_back({{row.integer(0)}, row.text(1)});
    Statement next(db, "SELECT min(wake_at) FROM runs WHERE wake_at IS NOT NULL AND parked = 1 AND state < 10");
    if (Rows row = next.query(); row.next()) image.nextWake = row.optionalTime(0);
    // `state <> 10` lets SQLite take the partial index, which holds all that is asked for.
    Statement queued(db, "SELECT count(*) FROM runs WHERE parked = 0 AND state IN (0, 1, 2) AND state <> 10");
    if (Rows row = queued.query(); row.next()) image.queued = static_cast<std::size_t>(row.integer(0));
    return image;
}

}  // namespace stepd::store
