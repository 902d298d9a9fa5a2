#include "rehearsal/sim_reader.h"

#include <algorithm>
#include <set>

#include "store/event_pattern.h"

namespace stepd::rehearsal {

using namespace store;

namespace {

bool sleeps(const Run& run) {
    return run.parked && !isTerminal(run.state);
}

UnfinishedRun unfinished(const SimTables& tables, const Run& run) {
    UnfinishedRun whole;
    whole.run = run;
    whole.event = tables.events.rows().at(run.event);
    for (const auto& [key, nothing] : tables.collectedBy(run.id))
        whole.more.push_back(tables.events.rows().at(key.second));
    for (const auto& [key, step] : tables.stepsOf(run.id)) whole.steps.push_back(step);
    for (const auto& [id, child] : tables.runs.rows()) {
        if (child.parent != run.id) continue;
        whole.children.push_back(child);
        whole.children.back().lanes.clear();
    }
    for (const auto& [key, wait] : tables.waitsOf(run.id)) whole.waits.push_back(wait);
    return whole;
}

/// Sleeping runs with a `wakeAt`, in the order in which they wake.
std::set<std::pair<Timestamp, RunId>> sleepers(const SimTables& tables) {
    std::set<std::pair<Timestamp, RunId>> order;
    for (const auto& [id, run] : tables.runs.rows())
        if (sleeps(run) && run.wakeAt) order.emplace(*run.wakeAt, id);
    return order;
}

class Loader {
public:
    explicit Loader(const SimTables& tables) : tables_(tables) {}

    LoadedRuns operator()(const LoadBacklog& query) {
        for (const auto& [id, run] : tables_.runs.rows())
            if (id > query.after && !isTerminal(run.state) && !run.parked && page_.runs.size() < query.limit) add(id);
        return std::move(page_);
    }

    LoadedRuns operator()(const LoadDue& query) {
        const auto order = sleepers(tables_);
        auto it = order.upper_bound({query.after, query.afterRun});
        for (; it != order.end() && it->first <= query.until && page_.runs.size() < query.limit; ++it) add(it->second);
        if (it != order.end()) page_.nextWake = it->first;
        return std::move(page_);
    }

    LoadedRuns operator()(const LoadWaiting& query) {
        std::set<std::pair<std::int64_t, RunId>> order;
        for (const auto& [key, wait] : tables_.waits.rows())
            if (wait.signal == query.signal) order.emplace(wait.rank, std::get<RunId>(key));
        for (auto it = order.upper_bound({query.afterRank, query.afterRun});
             it != order.end() && page_.runs.size() < query.limit; ++it)
            add(it->second);
        return std::move(page_);
    }

    LoadedRuns operator()(const LoadOne& query) {
        const Run* run = tables_.runs.find(query.run);
        if (run != nullptr && (!isTerminal(run->state) || run->state == RunState::Quarantined)) add(run->id);
        return std::move(page_);
    }

private:
    void add(RunId run) { page_.runs.push_back(unfinished(tables_, *tables_.runs.find(run))); }

    const SimTables& tables_;
    LoadedRuns page_;
};

std::optional<OnceHolder> holder(const SimTables& tables, const Lookup::Key& key, Timestamp now) {
    const auto* held = tables.holderOf({key.scope, key.key}, now);
    if (held == nullptr) return std::nullopt;
    OnceHolder holder{held->id, {}, {}};
    const auto add = [&](const Run& run) { holder.runs.push_back({run.id, run.createdAt, run.pipeline}); };
    if (!key.scope.starts_with("event:")) {
        const Run& run = tables.runs.rows().at(RunId{held->id});
        holder.createdAt = run.createdAt;
        add(run);
        return holder;
    }
    const EventId event{held->id};
    holder.createdAt = tables.events.rows().at(event).receivedAt;
    for (const auto& [id, run] : tables.runs.rows())
        if (run.event == event || tables.collected.contains({id, event})) add(run);
    return holder;
}

bool somethingBringsBack(const SimTables& tables, const Run& run) {
    return run.wakeAt || !tables.waitsOf(run.id).empty() ||
           std::ranges::any_of(tables.stepsOf(run.id), [](const auto& row) { return row.second.memo == "\"held\""; }) ||
           std::ranges::any_of(tables.runs.rows(), [&](const auto& row) {
               return row.second.parent == run.id && !isTerminal(row.second.state);
           });
}

Collecting collecting(const SimTables& tables, const std::string& lane, const Run& run) {
    Collecting it{run.id, lane, run.createdAt, run.wakeAt.value_or(Timestamp{}), run.event, {}, 1};
    for (const auto& [key, nothing] : tables.collectedBy(run.id)) {
        it.last = key.second;
        ++it.events;
    }
    it.lastTs = tables.events.rows().at(it.last).ts;
    return it;
}

}  // namespace

LoadedRuns load(const SimTables& tables, const LoadQuery& query) {
    return std::visit(Loader(tables), query);
}

Found lookup(const SimTables& tables, const Lookup& lookup) {
    Found found;
    for (const auto& key : lookup.once) found.once.push_back(holder(tables, key, lookup.now));
    for (const auto& key : lookup.cache) {
        const auto* row = tables.cache.find({key.scope, key.key});
        const bool fresh = row != nullptr && row->expiresAt > lookup.now;
        found.cached.push_back(fresh ? std::optional(row->output) : std::nullopt);
    }
    for (const RunId run : lookup.runs) found.runs.push_back(tables.runs.contains(run));
    return found;
}

std::vector<Event> findEvents(const SimTables& tables, const EventQuery& query) {
    std::vector<Event> list;
    for (const auto& [id, event] : tables.events.rows())
        if (id > query.after && list.size() < query.limit && matchesPattern(query.name, event.name))
            list.push_back(event);
    return list;
}

Violations audit(const SimTables& tables, std::size_t limit) {
    Violations found;
    for (const auto& [key, nothing] : tables.slots.rows()) {
        const auto& [lane, id, step] = key;
        const Run* run = tables.runs.find(id);
        if ((run == nullptr || isTerminal(run->state)) && found.slotsWithoutOwner.size() < limit)
            found.slotsWithoutOwner.push_back({lane, id, step, true});
    }
    for (const auto& [id, run] : tables.runs.rows())
        if (sleeps(run) && !somethingBringsBack(tables, run) && found.parkedWithoutWake.size() < limit)
            found.parkedWithoutWake.push_back(id);
    return found;
}

Image image(const SimTables& tables) {
    Image image;
    for (const auto& [key, nothing] : tables.slots.rows()) {
        const auto& [lane, id, step] = key;
        image.slots.push_back({lane, id, step, true});
        const Run* run = tables.runs.find(id);
        if (lane.starts_with("collect:") && run != nullptr && run->state == RunState::Queued && run->parked)
            image.collecting.push_back(collecting(tables, lane, *run));
    }
    std::map<std::string, std::size_t> families;
    for (const auto& [key, wait] : tables.waits.rows()) ++families[wait.family];
    image.waiting.assign(families.begin(), families.end());
    for (const auto& [name, moment] : tables.moments.rows()) image.moments.emplace_back(name, moment);
    for (const auto& [event, after] : tables.deliveries.rows())
        image.deliveries.push_back({tables.events.rows().at(event), after});
    for (const auto& [pipeline, nothing] : tables.pauses.rows()) image.paused.push_back(pipeline);
    for (const auto& [id, builds] : tables.pluginSets.rows()) image.pluginSets.push_back({id, builds});
    if (const auto order = sleepers(tables); !order.empty()) image.nextWake = order.begin()->first;
    for (const auto& [id, run] : tables.runs.rows()) image.queued += !run.parked && !isTerminal(run.state) ? 1 : 0;
    return image;
}

}  // namespace stepd::rehearsal
