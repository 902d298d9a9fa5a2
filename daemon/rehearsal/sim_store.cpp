#include "rehearsal/sim_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "rehearsal/sim_pruner.h"
#include "rehearsal/sim_reader.h"
#include "rehearsal/sim_writer.h"

namespace stepd::rehearsal {

using namespace store;

namespace {

bool passes(const SimTables& tables, const RunFilter& filter, const Run& run) {
    if (filter.pipeline && run.pipeline != *filter.pipeline) return false;
    if (filter.state && run.state != *filter.state) return false;
    if (!filter.states.empty() && std::ranges::find(filter.states, run.state) == filter.states.end()) return false;
    if (filter.event && run.event != *filter.event && !tables.collected.contains({run.id, *filter.event})) return false;
    if (filter.parent && run.parent != *filter.parent) return false;
    if (filter.createdSince && run.createdAt < *filter.createdSince) return false;
    return !filter.createdUntil || run.createdAt < *filter.createdUntil;
}

template <typename Key, typename Row>
std::optional<Row> copyOf(const SimTable<Key, Row>& table, const Key& key) {
    const Row* row = table.find(key);
    return row == nullptr ? std::nullopt : std::optional(*row);
}

/// The rows before the page's start, newest first.
template <typename Key, typename Row>
auto newestFirst(const SimTable<Key, Row>& table, const Page<Key>& page) {
    const auto end = page.before ? table.rows().lower_bound(page.before) : table.rows().end();
    using Iterator = std::reverse_iterator<typename SimTable<Key, Row>::Iterator>;
    return SimRange<Iterator>{Iterator(end), table.rows().rend()};
}

}  // namespace

void SimStore::commit(Batch batch, std::function<void(Committed)> done) {
    if (crashed_) return;
    if (answersEarly_) std::exchange(done, [](const Committed&) {})({});
    queue_.emplace_back(Commit{std::move(batch), std::move(done)});
}

void SimStore::ask(Read read) {
    if (!crashed_) queue_.emplace_back(std::move(read));
}

void SimStore::load(LoadQuery query, std::function<void(LoadedRuns)> done) {
    ask([this, query = std::move(query), done = std::move(done)] {
        done(failed_ ? LoadedRuns{} : rehearsal::load(tables_, query));
    });
}

void SimStore::lookup(Lookup lookup, std::function<void(Found)> done) {
    ask([this, lookup = std::move(lookup), done = std::move(done)] {
        const Found nothing{std::vector<std::optional<OnceHolder>>(lookup.once.size()),
                            std::vector<std::optional<std::string>>(lookup.cache.size()),
                            std::vector<bool>(lookup.runs.size())};
        done(failed_ ? nothing : rehearsal::lookup(tables_, lookup));
    });
}

void SimStore::findEvents(EventQuery query, std::function<void(std::vector<Event>)> done) {
    ask([this, query = std::move(query), done = std::move(done)] {
        done(failed_ ? std::vector<Event>{} : rehearsal::findEvents(tables_, query));
    });
}

void SimStore::audit(std::size_t limit, std::function<void(Violations)> done) {
    ask([this, limit, done = std::move(done)] { done(failed_ ? Violations{} : rehearsal::audit(tables_, limit)); });
}

void SimStore::prune(Prune prune, std::function<void(Pruned)> done) {
    ask([this, prune = std::move(prune), done = std::move(done)] { carryOut(prune, done); });
}

void SimStore::carryOut(const Prune& slice, const std::function<void(Pruned)>& done) {
    const auto answer = [&](Pruned::Status status, const std::string& message) {
        done({.status = status, .message = message, .stays = {}, .rest = {}});
    };
    SimOver over = survey(tables_, slice);
    if (over.nothing()) return done(std::move(over.answer));
    const auto fault = nextFault();
    if (fault == SimFault::CrashBefore) return crash();
    if (fault == SimFault::Full) return answer(Pruned::Status::Later, "no space left on the simulated disk");
    failed_ = failed_ || fault == SimFault::Failed;
    if (failed_) return answer(Pruned::Status::Failed, "the simulated disk has failed");
    erase(tables_, slice, over);
    if (fault == SimFault::CrashAfter) return crash();
    done(std::move(over.answer));
}

void SimStore::shrink(std::size_t, std::function<void(bool)> done) {
    ask([done = std::move(done)] { done(false); });
}

RevisionId SimStore::saveRevision(const Revision& revision) {
    for (const auto& [id, known] : tables_.revisions.rows())
        if (known.pipeline == revision.pipeline && known.hash == revision.hash) return id;
    Revision fresh = revision;
    fresh.id = {tables_.revisions.lastKey().value + 1};
    tables_.revisions.insert(fresh.id, fresh);
    tables_.undo.forget();
    return fresh.id;
}

std::optional<Revision> SimStore::findRevision(RevisionId id) {
    return copyOf(tables_.revisions, id);
}

Image SimStore::image() {
    return rehearsal::image(tables_);
}
EventId SimStore::lastEventId() {
    return std::max(tables_.events.lastKey(), tables_.lastEvent);
}
RunId SimStore::lastRunId() {
    return std::max(tables_.runs.lastKey(), tables_.lastRun);
}

bool SimStore::pumpOne() {
    if (queue_.empty()) return false;
    auto call = std::move(queue_.front());
    queue_.pop_front();
    if (auto* commit = std::get_if<Commit>(&call)) {
        carryOut(std::move(*commit));
    } else {
        std::get<Read>(call)();
    }
    return !crashed_;
}

std::size_t SimStore::pump() {
    std::size_t count = 0;
    while (pumpOne()) ++count;
    return count;
}

void SimStore::crash() {
    crashed_ = true;
    queue_.clear();
}

void SimStore::restart() {
    queue_.clear();
    faults_.clear();
    crashed_ = failed_ = false;
}

std::optional<SimFault> SimStore::nextFault() {
    const auto armed = faults_.find(++commits_);
    return armed == faults_.end() ? std::nullopt : std::optional(armed->second);
}

void SimStore::carryOut(Commit commit) {
    const auto fault = nextFault();
    if (fault == SimFault::CrashBefore) return crash();
    if (fault == SimFault::Full)
        return commit.done({CommitStatus::Full, "no space left on the simulated disk", std::move(commit.batch)});
    failed_ = failed_ || fault == SimFault::Failed;
    if (failed_) return commit.done({CommitStatus::Failed, "the simulated disk has failed", {}});
    if (seen_) seen_(commit.batch);
    auto committed = write(tables_, commit.batch);
    if (fault == SimFault::CrashAfter) return crash();
    commit.done(std::move(committed));
}

std::optional<Event> SimStore::findEvent(EventId id) {
    return copyOf(tables_.events, id);
}

std::vector<Event> SimStore::listEvents(const std::optional<std::string>& name, Page<EventId> page) {
    std::vector<Event> list;
    for (const auto& [id, event] : newestFirst(tables_.events, page))
        if (list.size() < page.limit && (!name || event.name == *name)) list.push_back(event);
    return list;
}

std::optional<Run> SimStore::findRun(RunId id) {
    return copyOf(tables_.runs, id);
}

std::vector<Run> SimStore::listRuns(const RunFilter& filter, Page<RunId> page) {
    std::vector<Run> list;
    for (const auto& [id, run] : newestFirst(tables_.runs, page))
        if (list.size() < page.limit && passes(tables_, filter, run)) list.push_back(run);
    return list;
}

std::size_t SimStore::countRuns(const RunFilter& filter) {
    return static_cast<std::size_t>(std::ranges::count_if(
        tables_.runs.rows(), [&](const auto& row) { return passes(tables_, filter, row.second); }));
}

std::vector<Event> SimStore::eventsOf(RunId run) {
    std::vector<Event> list;
    const Run* stored = tables_.runs.find(run);
    if (stored == nullptr) return list;
    list.push_back(tables_.events.rows().at(stored->event));
    for (const auto& [key, nothing] : tables_.collectedBy(run)) list.push_back(tables_.events.rows().at(key.second));
    return list;
}

std::vector<StepRecord> SimStore::stepsOf(RunId run) {
    std::vector<StepRecord> list;
    for (const auto& [key, step] : tables_.stepsOf(run)) list.push_back(step);
    return list;
}

std::vector<AttemptRecord> SimStore::attemptsOf(RunId run) {
    std::vector<AttemptRecord> recorded;
    for (const auto& [key, attempt] : tables_.attemptsOf(run)) recorded.push_back(attempt);
    return stepd::attemptsOf(stepsOf(run), std::move(recorded));
}

std::string SimStore::pluginBuilds(PluginSetId set) {
    return copyOf(tables_.pluginSets, set).value_or("");
}

StoreStats SimStore::stats() {
    StoreStats stats;
    stats.runsOpen =
        std::ranges::count_if(tables_.runs.rows(), [](const auto& row) { return !isTerminal(row.second.state); });
    return stats;
}

}  // namespace stepd::rehearsal
