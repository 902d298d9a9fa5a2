#include "rehearsal/sim_store.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace stepd::rehearsal {

using namespace store;

namespace {

/// A guard that does not hold: the batch is undone.
struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string nameOf(RunId run) {
    return "run " + std::to_string(run.value);
}
std::string nameOf(RunId run, std::int32_t step) {
    return nameOf(run) + " step " + std::to_string(step);
}
std::string nameOf(RunId run, const AttemptRecord& attempt) {
    return nameOf(run, attempt.step) + " attempt " + std::to_string(attempt.number);
}

}  // namespace

void SimStore::commit(Batch batch, std::function<void(Committed)> done) {
    if (!crashed_) queue_.emplace_back(Commit{std::move(batch), std::move(done)});
}

void SimStore::load(LoadQuery query, std::function<void(std::vector<UnfinishedRun>)> done) {
    if (!crashed_) queue_.emplace_back(Load{query, std::move(done)});
}

RevisionId SimStore::saveRevision(const Revision& revision) {
    for (const auto& [id, known] : revisions_)
        if (known.pipeline == revision.pipeline && known.hash == revision.hash) return id;
    const RevisionId id{static_cast<std::int64_t>(revisions_.size()) + 1};
    revisions_[id] = revision;
    revisions_[id].id = id;
    return id;
}

std::optional<Revision> SimStore::findRevision(RevisionId id) {
    const auto found = revisions_.find(id);
    return found == revisions_.end() ? std::nullopt : std::optional(found->second);
}

EventId SimStore::lastEventId() {
    return events_.empty() ? EventId{} : events_.rbegin()->first;
}
RunId SimStore::lastRunId() {
    return runs_.empty() ? RunId{} : runs_.rbegin()->first;
}

bool SimStore::pumpOne() {
    if (queue_.empty()) return false;
    auto call = std::move(queue_.front());
    queue_.pop_front();
    if (auto* commit = std::get_if<Commit>(&call)) {
        carryOut(std::move(*commit));
        return !crashed_;
    }
    const auto& [query, done] = std::get<Load>(call);
    std::vector<UnfinishedRun> page;
    if (!failed_)
        for (auto it = runs_.upper_bound(query.after); it != runs_.end() && page.size() < query.limit; ++it)
            if (!isTerminal(it->second.run.state)) page.push_back(unfinished(it->second));
    done(std::move(page));
    return true;
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

void SimStore::carryOut(Commit commit) {
    const auto armed = faults_.find(++commits_);
    const auto fault = armed == faults_.end() ? std::nullopt : std::optional(armed->second);
    if (fault == SimFault::CrashBefore) return crash();
    if (fault == SimFault::Full) return commit.done({CommitStatus::Full, "no space left on the simulated disk", {}});
    failed_ = failed_ || fault == SimFault::Failed;
    if (failed_) return commit.done({CommitStatus::Failed, "the simulated disk has failed", {}});
    auto committed = apply(commit.batch);
    if (fault == SimFault::CrashAfter) return crash();
    commit.done(std::move(committed));
}

Committed SimStore::apply(const Batch& batch) {
    Committed committed;
    try {
        for (const auto& change : batch.changes)
            std::visit([&](const auto& one) { applyChange(one, committed); }, change);
        undo_.clear();
        return committed;
    } catch (const Broken& broken) {
        for (; !undo_.empty(); undo_.pop_back()) undo_.back()();
        return {CommitStatus::Failed, broken.what(), {}};
    }
}

void SimStore::applyChange(const Admission& admission, Committed& committed) {
    const Event& event = admission.event;
    Admitted admitted;
    if (const auto holder = holderOf(admission.once, event.receivedAt)) {
        admitted.duplicateOf = EventId{*holder};
        admitted.duplicateReceivedAt = events_.at(EventId{*holder}).receivedAt;
        for (const auto& [id, stored] : runs_)
            if (stored.run.event.value == *holder)
                admitted.runs.push_back({id, stored.run.createdAt, true, stored.run.pipeline});
        committed.admitted.push_back(std::move(admitted));
        return;
    }
    if (!events_.emplace(event.id, event).second)
        throw Broken("event " + std::to_string(event.id.value) + " is stored already");
    undo_.emplace_back([this, id = event.id] { events_.erase(id); });
    take(admission.once, event.id.value);
    for (const auto& fresh : admission.runs) admitted.runs.push_back(admitRun(fresh, event.id));
    committed.admitted.push_back(std::move(admitted));
}

Admitted::AdmittedRun SimStore::admitRun(const NewRun& fresh, EventId event) {
    const Run& run = fresh.run;
    if (const auto holder = holderOf(fresh.once, run.createdAt)) {
        const Run& first = runs_.at(RunId{*holder}).run;
        return {first.id, first.createdAt, true, first.pipeline};
    }
    if (run.event != event) throw Broken(nameOf(run.id) + " does not belong to the event that it comes with");
    if (!revisions_.contains(run.revision)) throw Broken(nameOf(run.id) + " names an unknown revision");
    const auto [it, inserted] = runs_.emplace(run.id, StoredRun{run, {}, {}});
    if (!inserted) throw Broken(nameOf(run.id) + " is stored already");
    undo_.emplace_back([this, id = run.id] { runs_.erase(id); });
    take(fresh.once, run.id.value);
    for (const auto& step : fresh.steps) addStep(it->second, step);
    for (const auto& attempt : fresh.attempts) addAttempt(it->second, attempt);
    return {run.id, run.createdAt, false, run.pipeline};
}

void SimStore::applyChange(const RunChange& change, Committed&) {
    Run& run = storedRun(change.run.id).run;
    if (run.state != change.from)
        throw Broken(nameOf(run.id) + " is not " + std::string(toString(change.from)) + " as expected");
    undo_.emplace_back([&run, before = run] { run = before; });
    run.state = change.run.state;
    run.startedAt = change.run.startedAt;
    run.finishedAt = change.run.finishedAt;
    run.output = change.run.output;
    run.error = change.run.error;
}

void SimStore::applyChange(const StepChange& change, Committed&) {
    StoredRun& stored = storedRun(change.run);
    if (!change.from) return addStep(stored, change.step);
    const auto found = stored.steps.find(change.step.number);
    if (found == stored.steps.end() || found->second.state != *change.from ||
        found->second.attempts > change.step.attempts)
        throw Broken(nameOf(change.run, change.step.number) + " is not " + std::string(toString(*change.from)) +
                     " as expected");
    StepRecord& step = found->second;
    undo_.emplace_back([&step, before = step] { step = before; });
    StepRecord after = change.step;
    after.name = step.name;
    after.kind = step.kind;
    step = std::move(after);
}

void SimStore::applyChange(const AttemptStart& change, Committed&) {
    addAttempt(storedRun(change.run), change.attempt);
}

void SimStore::applyChange(const AttemptEnd& change, Committed&) {
    StoredRun& stored = storedRun(change.run);
    const auto found = stored.attempts.find({change.attempt.step, change.attempt.number});
    if (found == stored.attempts.end() || found->second.finishedAt || !change.attempt.finishedAt)
        throw Broken(nameOf(change.run, change.attempt) + " is not open as expected");
    AttemptRecord& attempt = found->second;
    undo_.emplace_back([&attempt, before = attempt] { attempt = before; });
    const Timestamp startedAt = attempt.startedAt;
    attempt = change.attempt;
    attempt.startedAt = startedAt;
}

std::optional<std::int64_t> SimStore::holderOf(const std::optional<OnceKey>& once, Timestamp now) const {
    if (!once) return std::nullopt;
    const auto found = once_.find({once->scope, once->key});
    if (found == once_.end() || found->second.expiresAt <= now) return std::nullopt;
    return found->second.id;
}

void SimStore::take(const std::optional<OnceKey>& once, std::int64_t holder) {
    if (!once) return;
    const std::pair key(once->scope, once->key);
    const auto found = once_.find(key);
    if (found == once_.end()) {
        undo_.emplace_back([this, key] { once_.erase(key); });
    } else {
        undo_.emplace_back([this, key, before = found->second] { once_[key] = before; });
    }
    once_[key] = {holder, once->expiresAt};
}

SimStore::StoredRun& SimStore::storedRun(RunId run) {
    const auto found = runs_.find(run);
    if (found == runs_.end()) throw Broken(nameOf(run) + " is not stored");
    return found->second;
}

void SimStore::addStep(StoredRun& run, const StepRecord& step) {
    if (!run.steps.emplace(step.number, step).second)
        throw Broken(nameOf(run.run.id, step.number) + " is stored already");
    undo_.emplace_back([&run, number = step.number] { run.steps.erase(number); });
}

void SimStore::addAttempt(StoredRun& run, const AttemptRecord& attempt) {
    if (!run.steps.contains(attempt.step)) throw Broken(nameOf(run.run.id, attempt) + " has no step");
    const std::pair key(attempt.step, attempt.number);
    if (!run.attempts.emplace(key, attempt).second) throw Broken(nameOf(run.run.id, attempt) + " is stored already");
    undo_.emplace_back([&run, key] { run.attempts.erase(key); });
}

UnfinishedRun SimStore::unfinished(const StoredRun& stored) const {
    UnfinishedRun run{stored.run, events_.at(stored.run.event), {}, {}};
    for (const auto& [number, step] : stored.steps) run.steps.push_back(step);
    for (const auto& [key, attempt] : stored.attempts)
        if (!attempt.finishedAt) run.open.push_back(attempt);
    return run;
}

std::optional<Event> SimStore::findEvent(EventId id) {
    const auto found = events_.find(id);
    return found == events_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Event> SimStore::listEvents(const std::optional<std::string>& name, Page<EventId> page) {
    std::vector<Event> list;
    const auto end = page.before ? events_.lower_bound(page.before) : events_.end();
    for (auto it = std::make_reverse_iterator(end); it != events_.rend() && list.size() < page.limit; ++it)
        if (!name || it->second.name == *name) list.push_back(it->second);
    return list;
}

std::optional<Run> SimStore::findRun(RunId id) {
    const auto found = runs_.find(id);
    return found == runs_.end() ? std::nullopt : std::optional(found->second.run);
}

std::vector<Run> SimStore::listRuns(const RunFilter& filter, Page<RunId> page) {
    std::vector<Run> list;
    const auto end = page.before ? runs_.lower_bound(page.before) : runs_.end();
    for (auto it = std::make_reverse_iterator(end); it != runs_.rend() && list.size() < page.limit; ++it) {
        const Run& run = it->second.run;
        if (filter.pipeline && run.pipeline != *filter.pipeline) continue;
        if (filter.state && run.state != *filter.state) continue;
        if (filter.event && run.event != *filter.event) continue;
        list.push_back(run);
    }
    return list;
}

std::vector<StepRecord> SimStore::stepsOf(RunId run) {
    std::vector<StepRecord> list;
    if (const auto found = runs_.find(run); found != runs_.end())
        for (const auto& [number, step] : found->second.steps) list.push_back(step);
    return list;
}

std::vector<AttemptRecord> SimStore::attemptsOf(RunId run) {
    std::vector<AttemptRecord> list;
    if (const auto found = runs_.find(run); found != runs_.end())
        for (const auto& [key, attempt] : found->second.attempts) list.push_back(attempt);
    return list;
}

StoreStats SimStore::stats() {
    StoreStats stats;
    stats.runsOpen =
        std::ranges::count_if(runs_, [](const auto& entry) { return !isTerminal(entry.second.run.state); });
    return stats;
}

}  // namespace stepd::rehearsal
