#include "engine/ledger.h"

#include <utility>

namespace stepd::engine {
namespace {

/// Marks the step as handed in and gives the state the store has of it.
std::optional<StepState> handIn(ActiveStep& step) {
    step.dirty = false;
    step.handedInAttempts = step.record.attempts;
    return std::exchange(step.handedIn, step.record.state);
}

void handIn(ActiveRun& run) {
    run.dirty = run.rowDirty = run.waitsDirty = false;
    run.handedIn = run.record.state;
    run.storedWaits = run.waits;
}

/// A run that is part of its own admission: all it is goes there.
void fill(store::NewRun& fresh, ActiveRun& run) {
    fresh.run = run.record;
    for (ActiveStep& step : run.steps) {
        if (!step.dirty) continue;
        handIn(step);
        fresh.steps.push_back(step.record);
    }
    fresh.waits = run.waits;
    handIn(run);
    run.fresh = false;
}

store::Change changeOf(NewAdmission&& fresh) {
    if (!fresh.eventIsStored) return std::move(fresh.admission);
    return store::RunAdmission{std::move(fresh.admission.runs.front())};
}

void append(store::Batch& batch, ActiveRun& run) {
    const RunId id = run.record.id;
    if (run.rowDirty) batch.changes.emplace_back(store::RunChange{.from = run.handedIn, .run = run.record});
    for (ActiveStep& step : run.steps)
        if (step.dirty)
            batch.changes.emplace_back(store::StepChange{.run = id, .from = handIn(step), .step = step.record});
    for (AttemptRecord& attempt : std::exchange(run.ended, {}))
        batch.changes.emplace_back(store::AttemptEnd{.run = id, .attempt = std::move(attempt)});
    // A run that ends loses its waits in the store by itself.
    if (run.waitsDirty && !isTerminal(run.record.state) && run.waits != run.storedWaits)
        batch.changes.emplace_back(store::WaitsChange{.run = id, .waits = run.waits});
    handIn(run);
}

}  // namespace

void Ledger::list(ActiveRun& run) {
    if (!std::exchange(run.dirty, true)) dirty_.push_back(&run);
}

void Ledger::touch(ActiveRun& run) {
    run.rowDirty = true;
    run.runValue.reset();
    list(run);
}

void Ledger::touch(ActiveRun& run, ActiveStep& step) {
    number(run, step);
    step.dirty = true;
    run.stepsValue.reset();
    list(run);
}

void Ledger::number(ActiveRun& run, ActiveStep& step) {
    if (step.record.number < 0) step.record.number = run.numbered++;
}

void Ledger::waits(ActiveRun& run, std::vector<store::Wait> waits) {
    run.waits = std::move(waits);
    run.waitsDirty = true;
    list(run);
}

void Ledger::attemptEnded(ActiveRun& run, AttemptRecord attempt) {
    run.ended.push_back(std::move(attempt));
}

Commit Ledger::seal() {
    Commit commit;
    commit.batch.changes = std::exchange(first_, {});
    for (NewAdmission& fresh : admissions_) {
        for (std::size_t i = 0; i < fresh.active.size(); ++i)
            if (fresh.active[i] != nullptr) fill(fresh.admission.runs[i], *fresh.active[i]);
        commit.batch.changes.push_back(changeOf(std::move(fresh)));
    }
    for (store::Change& change : ahead_) commit.batch.changes.push_back(std::move(change));
    for (ActiveRun* run : dirty_)
        if (run->dirty) append(commit.batch, *run);
    for (store::Change& change : others_) commit.batch.changes.push_back(std::move(change));
    commit.submissions = std::exchange(submissions_, {});
    commit.effects = std::exchange(effects_, {});
    admissions_.clear();
    ahead_.clear();
    dirty_.clear();
    others_.clear();
    return commit;
}

}  // namespace stepd::engine
