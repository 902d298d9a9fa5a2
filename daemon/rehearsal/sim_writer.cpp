#include "rehearsal/sim_writer.h"

#include <algorithm>
#include <stdexcept>

namespace stepd::rehearsal {

using namespace store;

namespace {

/// A guard that does not hold: the batch is undone.
struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string nameOf(EventId event) {
    return "event " + std::to_string(event.value);
}
std::string nameOf(RunId run) {
    return "run " + std::to_string(run.value);
}
/// Step -1 is the run as a whole.
std::string nameOf(RunId run, std::int32_t step) {
    return step < 0 ? nameOf(run) : nameOf(run) + " step " + std::to_string(step);
}
std::string nameOf(RunId run, const AttemptRecord& attempt) {
    return nameOf(run, attempt.step) + " attempt " + std::to_string(attempt.number);
}

/// The changes of one batch, each with its guard.
class Writer {
public:
    explicit Writer(SimTables& tables) : tables_(tables) {}

    void operator()(const Admission& admission) {
        const Event& event = admission.event;
        take(admission.once, event.id.value, event.receivedAt);
        if (!tables_.events.insert(event.id, event)) throw Broken(nameOf(event.id) + " is stored already");
        for (const auto& fresh : admission.runs) {
            if (fresh.run.event != event.id)
                throw Broken(nameOf(fresh.run.id) + " does not belong to " + nameOf(event.id));
            admit(fresh);
        }
    }

    void operator()(const RunAdmission& admission) {
        const Run& run = admission.fresh.run;
        admit(admission.fresh);
        std::vector<EventId> same;
        for (const auto& [key, nothing] : tables_.collectedBy(run.rerunOf)) same.push_back(key.second);
        for (const EventId event : same) tables_.collected.insert({run.id, event}, {});
    }

    void operator()(const RunChange& change) {
        Run run = stored(change.run.id);
        if (run.state != change.from)
            throw Broken(nameOf(run.id) + " is not " + std::string(toString(change.from)) + " as expected");
        run.state = change.run.state;
        run.startedAt = change.run.startedAt;
        run.finishedAt = change.run.finishedAt;
        run.ending = change.run.ending;
        run.output = change.run.output;
        run.error = change.run.error;
        run.parked = change.run.parked;
        run.wakeAt = change.run.wakeAt;
        tables_.runs.put(run.id, run);
        if (isTerminal(run.state)) dropWaits(run.id);
    }

    void operator()(const StepChange& change) {
        if (!change.from) return addStep(stored(change.run).id, change.step);
        const SimTables::StepKey key(change.run, change.step.number);
        const StepRecord* step = tables_.steps.find(key);
        if (step == nullptr || step->state != *change.from || step->attempts > change.step.attempts)
            throw Broken(nameOf(change.run, change.step.number) + " is not " + std::string(toString(*change.from)) +
                         " as expected");
        StepRecord after = change.step;
        after.name = step->name;
        after.kind = step->kind;
        tables_.steps.put(key, std::move(after));
    }

    void operator()(const AttemptEnd& change) {
        const AttemptRecord& attempt = change.attempt;
        if (!attempt.finishedAt) throw Broken(nameOf(change.run, attempt) + " has not ended");
        if (!tables_.steps.contains({change.run, attempt.step}))
            throw Broken(nameOf(change.run, attempt) + " has no step");
        if (!tables_.attempts.insert({change.run, attempt.step, attempt.number}, attempt))
            throw Broken(nameOf(change.run, attempt) + " is stored already");
    }

    void operator()(const WaitsChange& change) {
        if (!change.waits.empty() && isTerminal(stored(change.run).state))
            throw Broken(nameOf(change.run) + " has ended and waits for nothing");
        dropWaits(change.run);
        for (const auto& wait : change.waits) addWait(change.run, wait);
    }

    void operator()(const Collect& change) {
        Run run = stored(change.run);
        if (!tables_.events.contains(change.event)) throw Broken(nameOf(change.event) + " is not stored");
        if (run.state != RunState::Queued || !run.parked || run.event >= change.event)
            throw Broken(nameOf(run.id) + " does not collect " + nameOf(change.event));
        if (change.replace) {
            run.event = change.event;
        } else if (!tables_.collected.insert({run.id, change.event}, {})) {
            throw Broken(nameOf(run.id) + " has " + nameOf(change.event) + " already");
        }
        run.wakeAt = change.wakeAt;
        tables_.runs.put(run.id, run);
    }

    void operator()(const Wake& change) {
        const Run* run = tables_.runs.find(change.run);
        if (run == nullptr || !run->parked || isTerminal(run->state)) return;
        Run woken = *run;
        woken.wakeAt = std::min(woken.wakeAt.value_or(change.now), change.now);
        tables_.runs.put(change.run, std::move(woken));
    }

    void operator()(const SlotChange& change) {
        const SimTables::SlotKey key(change.lane, change.run, change.step);
        if (!(change.held ? tables_.slots.insert(key, {}) : tables_.slots.erase(key)))
            throw Broken(nameOf(change.run, change.step) + (change.held ? " holds" : " does not hold") + " a slot of " +
                         change.lane);
    }

    void operator()(const MomentChange& change) {
        if (change.at) {
            tables_.moments.put(change.name, *change.at);
        } else {
            tables_.moments.erase(change.name);
        }
    }

    void operator()(const CacheChange& change) {
        tables_.cache.put({change.scope, change.key}, {change.output, change.expiresAt});
    }

    void operator()(const DeliveryChange& change) {
        if (change.done) {
            tables_.deliveries.erase(change.event);
        } else {
            tables_.deliveries.put(change.event, change.after);
        }
    }

    void operator()(const PluginSet& set) {
        for (const auto& [id, builds] : tables_.pluginSets.rows())
            if (id == set.id || builds == set.builds)
                throw Broken("plugin set " + std::to_string(set.id.value) + " cannot be stored: it is stored already");
        tables_.pluginSets.insert(set.id, set.builds);
    }

    void operator()(const PauseChange& change) {
        if (change.paused) {
            tables_.pauses.put(change.pipeline, {});
        } else {
            tables_.pauses.erase(change.pipeline);
        }
    }

private:
    const Run& stored(RunId id) const {
        const Run* run = tables_.runs.find(id);
        if (run == nullptr) throw Broken(nameOf(id) + " is not stored");
        return *run;
    }

    void take(const std::optional<OnceKey>& once, std::int64_t holder, Timestamp now) {
        if (!once) return;
        if (const auto* first = tables_.holderOf({once->scope, once->key}, std::max(now, once->askedAt)))
            throw Broken("key " + once->key + " of " + once->scope + " is held by " + std::to_string(first->id));
        tables_.once.put({once->scope, once->key}, {holder, once->expiresAt});
    }

    void admit(const NewRun& fresh) {
        const Run& run = fresh.run;
        if (!tables_.events.contains(run.event) || !tables_.revisions.contains(run.revision))
            throw Broken(nameOf(run.id) + " names an unknown event or revision");
        if (run.plugins && !tables_.pluginSets.contains(run.plugins))
            throw Broken(nameOf(run.id) + " names an unknown plugin set");
        take(fresh.once, run.id.value, run.createdAt);
        if (!tables_.runs.insert(run.id, run)) throw Broken(nameOf(run.id) + " is stored already");
        for (const auto& step : fresh.steps) addStep(run.id, step);
        for (const auto& wait : fresh.waits) addWait(run.id, wait);
    }

    void addStep(RunId run, const StepRecord& step) {
        if (!tables_.steps.insert({run, step.number}, step))
            throw Broken(nameOf(run, step.number) + " is stored already");
    }

    void addWait(RunId run, const Wait& wait) { tables_.waits.insert({run, wait.step, wait.signal}, wait); }

    void dropWaits(RunId run) {
        std::vector<SimTables::WaitKey> keys;
        for (const auto& [key, wait] : tables_.waitsOf(run)) keys.push_back(key);
        for (const auto& key : keys) tables_.waits.erase(key);
    }

    SimTables& tables_;
};

}  // namespace

Committed write(SimTables& tables, const Batch& batch) {
    try {
        for (const auto& change : batch.changes) std::visit(Writer(tables), change);
        tables.undo.forget();
        return {};
    } catch (const Broken& broken) {
        tables.undo.undoAll();
        return {CommitStatus::Failed, broken.what(), {}};
    }
}

}  // namespace stepd::rehearsal
