#include "rehearsal/sim_pruner.h"

#include <algorithm>

namespace stepd::rehearsal {

using namespace store;

namespace {

void soonest(std::optional<Timestamp>& at, Timestamp other) {
    at = at ? std::min(*at, other) : other;
}

/// Looks at one slice.
class Surveyor {
public:
    Surveyor(const SimTables& tables, const Prune& slice) : tables_(tables), slice_(slice) {
        found_.answer.reached = slice.first - 1;
    }

    SimOver runs() {
        const Duration youth = slice_.rules->shortest();
        std::size_t rows = 0;
        for (const auto& [id, run] : tables_.runs.between({slice_.first}, {slice_.last})) {
            if (full()) return wait(slice_.now);
            if (const Timestamp grown = after(run.createdAt, youth); grown > slice_.now) return wait(grown);
            const auto held = holds(run);
            if (!held) {
                rows += rowsOf(id);
                if (rows > slice_.most && found_.over.empty()) found_.tooLarge = id;
                if (rows > slice_.most) return wait(slice_.now);
            }
            pass(id.value, held);
        }
        return full() ? wait(slice_.now) : std::move(found_);
    }

    SimOver events() {
        for (const auto& [id, event] : tables_.events.between({slice_.first}, {slice_.last})) {
            if (full()) return wait(slice_.now);
            if (const Timestamp grown = after(event.receivedAt, slice_.rules->events); grown > slice_.now)
                return wait(grown);
            pass(id.value, holds(event));
        }
        return full() ? wait(slice_.now) : std::move(found_);
    }

    SimOver keys() {
        const auto collect = [this](const auto& table, auto& keys) {
            for (const auto& [key, row] : table.rows())
                if (row.expiresAt <= slice_.now && found_.answer.deleted < slice_.most)
                    keys.push_back(key), ++found_.answer.deleted;
        };
        collect(tables_.once, found_.keys);
        collect(tables_.cache, found_.cachedKeys);
        if (found_.answer.deleted == slice_.most) found_.answer.rest = slice_.now;
        return std::move(found_);
    }

private:
    bool full() const { return looked_ == slice_.most; }

    SimOver wait(Timestamp rest) {
        found_.answer.rest = rest;
        return std::move(found_);
    }

    void pass(std::int64_t key, std::optional<Timestamp> held) {
        if (held) soonest(found_.answer.stays, *held);
        if (!held) found_.over.push_back(key), ++found_.answer.deleted;
        found_.answer.reached = key;
        ++looked_;
    }

    Timestamp due(const Run& run) const {
        const Retention& kept = slice_.rules->of(run.pipeline);
        if (isTerminal(run.state)) return after(run.finishedAt.value_or(run.createdAt), kept.of(run.state));
        return after(slice_.now, std::max(kLookAgain, std::min(kept.completed, kept.failed)));
    }

    std::optional<Timestamp> holds(const Run& run) const {
        if (due(run) > slice_.now) return due(run);
        const Run* parent = tables_.runs.find(run.parent);
        if (parent != nullptr && !isTerminal(parent->state)) return after(slice_.now, kLookAgain);
        std::optional<Timestamp> until;
        for (const auto& [key, holder] : tables_.once.rows())
            if (key.first.starts_with("run:") && holder.id == run.id.value && holder.expiresAt > slice_.now)
                until = std::max(until.value_or(holder.expiresAt), holder.expiresAt);
        return until;
    }

    std::size_t rowsOf(RunId run) const {
        const auto count = [](const auto& rows) {
            return static_cast<std::size_t>(std::distance(rows.begin(), rows.end()));
        };
        return 1 + count(tables_.stepsOf(run)) + count(tables_.attemptsOf(run));
    }

    std::optional<Timestamp> holds(const Event& event) const {
        if (const auto until = holdByRuns(event.id)) return until;
        if (tables_.deliveries.contains(event.id)) return after(slice_.now, kLookAgain);
        const auto* key = tables_.once.find({"event:" + event.name, event.externalId});
        if (key != nullptr && key->id == event.id.value && key->expiresAt > slice_.now) return key->expiresAt;
        const auto since = oldestUnfinished();
        if (since && event.receivedAt >= *since && slice_.rules->lookBack(event.name))
            return after(slice_.now, kLookBackAgain);
        return std::nullopt;
    }

    std::optional<Timestamp> holdByRuns(EventId event) const {
        std::optional<Timestamp> until;
        for (const auto& [id, run] : tables_.runs.rows())
            if (run.event == event || tables_.collected.contains({id, event}))
                until = std::max(until.value_or(due(run)), due(run));
        if (until && *until <= slice_.now) until = after(slice_.now, kLookAgain);
        return until;
    }

    std::optional<Timestamp> oldestUnfinished() const {
        std::optional<Timestamp> parked;
        std::optional<Timestamp> others;
        for (const auto& [id, run] : tables_.runs.rows()) {
            auto& first = run.parked ? parked : others;
            if (!isTerminal(run.state) && !first) first = run.createdAt;
        }
        if (parked) soonest(others, *parked);
        return others;
    }

    const SimTables& tables_;
    const Prune& slice_;
    std::size_t looked_ = 0;
    SimOver found_;
};

template <typename Table, typename Keys>
void eraseAll(Table& table, const Keys& keys) {
    for (const auto& key : keys) table.erase(key);
}

template <typename Rows>
auto keysOf(const Rows& rows, std::size_t most = std::numeric_limits<std::size_t>::max()) {
    std::vector<std::remove_const_t<decltype(rows.begin()->first)>> keys;
    for (const auto& row : rows)
        if (keys.size() < most) keys.push_back(row.first);
    return keys;
}

void eraseRun(SimTables& tables, RunId run) {
    eraseAll(tables.attempts, keysOf(tables.attemptsOf(run)));
    eraseAll(tables.steps, keysOf(tables.stepsOf(run)));
    eraseAll(tables.collected, keysOf(tables.collectedBy(run)));
    std::vector<SimTables::ScopedKey> held;
    for (const auto& [key, holder] : tables.once.rows())
        if (key.first.starts_with("run:") && holder.id == run.value) held.push_back(key);
    eraseAll(tables.once, held);
    tables.runs.erase(run);
    tables.lastRun = std::max(tables.lastRun, run);
}

}  // namespace

SimOver survey(const SimTables& tables, const Prune& slice) {
    Surveyor surveyor(tables, slice);
    switch (slice.what) {
        case Prune::What::Runs: return surveyor.runs();
        case Prune::What::Events: return surveyor.events();
        case Prune::What::Keys: return surveyor.keys();
    }
    return {};
}

void erase(SimTables& tables, const Prune& slice, const SimOver& over) {
    if (over.tooLarge) {
        const auto attempts = keysOf(tables.attemptsOf(*over.tooLarge), slice.most);
        eraseAll(tables.attempts, attempts);
        eraseAll(tables.steps, keysOf(tables.stepsOf(*over.tooLarge), slice.most - attempts.size()));
    }
    for (const std::int64_t key : over.over) {
        if (slice.what == Prune::What::Runs) {
            eraseRun(tables, {key});
        } else {
            tables.events.erase({key});
            tables.lastEvent = std::max(tables.lastEvent, EventId{key});
        }
    }
    eraseAll(tables.once, over.keys);
    eraseAll(tables.cache, over.cachedKeys);
    tables.undo.forget();
}

}  // namespace stepd::rehearsal
