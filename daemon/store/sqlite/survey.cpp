#include "store/sqlite/survey.h"

#include <algorithm>

#include "store/sqlite/rows.h"

namespace stepd::store {

/// What of a run says when it is over.
struct Survey::Ended {
    RunId id;
    std::string pipeline;
    RunState state = RunState::Queued;
    Timestamp createdAt{};
    std::optional<Timestamp> finishedAt;
    RunId parent;

    explicit Ended(const Rows& row)
        : id{row.integer(0)},
          pipeline(row.text(1)),
          state(static_cast<RunState>(row.integer(2))),
          createdAt(row.time(3)),
          finishedAt(row.optionalTime(4)),
          parent{row.integer(5)} {}

    /// By the rules alone. One that goes on may end at any moment.
    Timestamp due(const Prune& slice) const {
        const Retention& kept = slice.rules->of(pipeline);
        if (isTerminal(state)) return after(finishedAt.value_or(createdAt), kept.of(state));
        return after(slice.now, std::max(kLookAgain, std::min(kept.completed, kept.failed)));
    }
};

namespace {

constexpr const char* kEndedColumns = "id, pipeline, state, created_at, finished_at, parent";

void soonest(std::optional<Timestamp>& at, Timestamp other) {
    at = at ? std::min(*at, other) : other;
}

std::string firstUnfinished(Parked parked) {
    return "SELECT * FROM (" + unfinishedRuns(parked) + " LIMIT 1)";
}

}  // namespace

Survey::Survey(sqlite3* db)
    : runs_(db, "SELECT " + std::string(kEndedColumns) + " FROM runs WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"),
      events_(db, "SELECT id, received_at, name, external_id FROM events WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"),
      runState_(db, "SELECT state FROM runs WHERE id = ?"),
      keyOfRun_(db, "SELECT max(expires_at) FROM once WHERE holder = ? AND scope >= 'run:' AND scope < 'run;'"),
      keyOfEvent_(db, "SELECT expires_at FROM once WHERE scope = 'event:' || ? AND key = ? AND holder = ?"),
      runsOfEvent_(db, "SELECT " + std::string(kEndedColumns) +
                           " FROM runs WHERE id IN (SELECT id FROM runs WHERE event = ?1 "
                           "UNION ALL SELECT run FROM run_events WHERE event = ?1)"),
      delivery_(db, "SELECT 1 FROM deliveries WHERE event = ?"),
      oldest_(db, "SELECT min(created_at) FROM runs WHERE id IN (" + firstUnfinished(Parked::No) + " UNION ALL " +
                      firstUnfinished(Parked::Yes) + ")"),
      rowsOfRun_(db,
                 "SELECT (SELECT count(*) FROM steps WHERE id BETWEEN ?1 AND ?2) + "
                 "(SELECT count(*) FROM attempts WHERE step BETWEEN ?1 AND ?2)"),
      expired_(db,
               "SELECT EXISTS (SELECT 1 FROM once WHERE expires_at <= ?1) OR "
               "EXISTS (SELECT 1 FROM cache WHERE expires_at <= ?1)") {}

Survey::Found Survey::look(const Prune& slice) {
    Found found;
    found.answer.reached = slice.first - 1;
    switch (slice.what) {
        case Prune::What::Runs: lookAtRuns(slice, found); break;
        case Prune::What::Events: lookAtEvents(slice, found); break;
        case Prune::What::Keys: found.keys = anyExpired(slice.now); break;
    }
    found.answer.deleted = found.over.size();
    return found;
}

void Survey::lookAtRuns(const Prune& slice, Found& found) {
    const Duration youth = slice.rules->shortest();
    std::size_t looked = 0;
    std::size_t rows = 0;
    for (Rows row = runs_.query(slice.first, slice.last, static_cast<std::int64_t>(slice.most)); row.next();) {
        const Ended run(row);
        // Those behind it are younger still.
        if (const Timestamp grown = after(run.createdAt, youth); grown > slice.now)
            return void(found.answer.rest = grown);
        if (const auto held = holdsRun(slice, run)) {
            soonest(found.answer.stays, *held);
        } else {
            rows += rowsOf(run.id);
            if (rows > slice.most) {
                if (found.over.empty()) found.tooLarge = run.id;
                return void(found.answer.rest = slice.now);
            }
            found.over.push_back(run.id.value);
        }
        found.answer.reached = run.id.value;
        ++looked;
    }
    if (looked == slice.most) found.answer.rest = slice.now;
}

std::optional<Timestamp> Survey::holdsRun(const Prune& slice, const Ended& run) {
    if (const Timestamp due = run.due(slice); due > slice.now) return due;
    if (run.parent) {
        Rows parent = runState_.query(run.parent);
        if (parent.next() && !isTerminal(static_cast<RunState>(parent.integer(0)))) return after(slice.now, kLookAgain);
    }
    Rows key = keyOfRun_.query(run.id);
    if (key.next() && !key.isNull(0) && key.time(0) > slice.now) return key.time(0);
    return std::nullopt;
}

std::size_t Survey::rowsOf(RunId run) {
    const StepKeys keys(run);
    Rows count = rowsOfRun_.query(keys.first, keys.last);
    count.next();
    return 1 + static_cast<std::size_t>(count.integer(0));
}

void Survey::lookAtEvents(const Prune& slice, Found& found) {
    const auto unfinishedSince = oldestUnfinished();
    std::size_t looked = 0;
    for (Rows row = events_.query(slice.first, slice.last, static_cast<std::int64_t>(slice.most)); row.next();) {
        if (const Timestamp grown = after(row.time(1), slice.rules->events); grown > slice.now)
            return void(found.answer.rest = grown);
        if (const auto held = holdsEvent(slice, row, unfinishedSince)) {
            soonest(found.answer.stays, *held);
        } else {
            found.over.push_back(row.integer(0));
        }
        found.answer.reached = row.integer(0);
        ++looked;
    }
    if (looked == slice.most) found.answer.rest = slice.now;
}

std::optional<Timestamp> Survey::holdsEvent(const Prune& slice, const Rows& event,
                                            std::optional<Timestamp> unfinishedSince) {
    const EventId id{event.integer(0)};
    if (const auto held = holdByRuns(slice, id)) return held;
    if (delivery_.query(id).next()) return after(slice.now, kLookAgain);
    if (const std::string externalId = event.text(3); !externalId.empty()) {
        const std::string name = event.text(2);
        Rows key = keyOfEvent_.query(name, externalId, id);
        if (key.next() && key.time(0) > slice.now) return key.time(0);
    }
    if (unfinishedSince && event.time(1) >= *unfinishedSince && slice.rules->lookBack(event.text(2)))
        return after(slice.now, kLookBackAgain);
    return std::nullopt;
}

/// It goes after the last of its runs.
std::optional<Timestamp> Survey::holdByRuns(const Prune& slice, EventId event) {
    std::optional<Timestamp> until;
    for (Rows row = runsOfEvent_.query(event); row.next();) {
        const Timestamp due = Ended(row).due(slice);
        until = std::max({until.value_or(due), due});
    }
    if (until && *until <= slice.now) until = after(slice.now, kLookAgain);
    return until;
}

std::optional<Timestamp> Survey::oldestUnfinished() {
    Rows row = oldest_.query(std::int64_t{0});
    return row.next() ? row.optionalTime(0) : std::nullopt;
}

bool Survey::anyExpired(Timestamp now) {
    Rows row = expired_.query(now);
    return row.next() && row.integer(0) != 0;
}

}  // namespace stepd::store
