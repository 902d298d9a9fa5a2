// Runs that only the store has: they are asked for, looked at, and brought back into memory.
#include <algorithm>
#include <memory>
#include <utility>

#include "engine/core.h"

namespace stepd::engine {

/// `answer` gets what the store has of a run that is not in memory; absent if it has ended or never was.
void Core::ask(RunId id, std::function<void(std::optional<store::UnfinishedRun>)> answer,
               std::function<void()> refused) {
    const std::uint64_t asker = ++lastAsker_;
    askers_.emplace(asker, std::move(refused));
    state_.questions.load(store::LoadOne{id}, [this, asker, answer = std::move(answer)](store::LoadedRuns loaded) {
        askers_.erase(asker);
        const bool unfinished = !loaded.runs.empty() && !isTerminal(loaded.runs.front().run.state);
        answer(unfinished ? std::optional(std::move(loaded.runs.front())) : std::nullopt);
    });
}

/// `found` gets the run, in memory, to be moved; null if it has ended or never was.
void Core::find(RunId id, Found found, std::function<void()> refused) {
    if (ActiveRun* run = state_.runs.find(id)) return found(run);
    ask(
        id,
        [this, id, found = std::move(found)](std::optional<store::UnfinishedRun> stored) {
            if (ActiveRun* run = state_.runs.find(id)) return found(run);
            if (!stored) return found(nullptr);
            if (stored->run.parked) return found(visit(std::move(*stored)));
            ActiveRun* ahead = recovery_.load(std::move(*stored));
            found(ahead);
            if (ahead != nullptr) goOn(*ahead, true);
        },
        std::move(refused));
}

/// `looked` gets a run that is or was parked, to be looked at; of one in the backlog it hears that it has not ended.
void Core::look(RunId id, Looked looked, std::function<void()> refused) {
    if (const ActiveRun* run = state_.runs.find(id)) return looked(run, !isTerminal(run->record.state));
    ask(
        id,
        [this, id, looked = std::move(looked)](std::optional<store::UnfinishedRun> stored) {
            if (const ActiveRun* run = state_.runs.find(id)) return looked(run, !isTerminal(run->record.state));
            const bool unfinished = stored.has_value();
            looked(unfinished && stored->run.parked ? visit(std::move(*stored)) : nullptr, unfinished);
        },
        std::move(refused));
}

/// A parked run comes into memory, and leaves it again in this round unless it is moved.
ActiveRun* Core::visit(store::UnfinishedRun stored) {
    ActiveRun* run = recovery_.visit(std::move(stored));
    if (run != nullptr) state_.later.emplace_back([this, id = run->record.id] { leave(id); });
    return run;
}

void Core::handle(AskRerun&& message) {
    if (failed_ || stopping_) return message.done({.status = RerunStatus::Stopping, .message = "stepd is stopping"});
    if (storeFull()) return message.done({.status = RerunStatus::StoreFull, .message = fullSentence_});
    // The caller has read the earlier run at some time; now it must be there, and stay until the new one refers to it.
    pruner_.hold();
    const std::uint64_t asker = ++lastAsker_;
    askers_.emplace(asker,
                    [done = message.done] { done({.status = RerunStatus::Stopping, .message = "stepd is stopping"}); });
    const RunId of = message.rerun.of.id;
    const auto shared = std::make_shared<AskRerun>(std::move(message));  // a callback is copied
    state_.questions.lookup(
        {.now = state_.now, .once = {}, .cache = {}, .runs = {of}}, [this, asker, shared](const store::Found& found) {
            askers_.erase(asker);
            pruner_.letGo();
            if (found.runs.at(0)) return rerun(std::move(*shared));
            shared->done(
                {.status = RerunStatus::Refused, .message = "the run is not kept any longer: its retention is over"});
        });
}

void Core::rerun(AskRerun&& message) {
    const std::string pipeline = message.rerun.of.pipeline;
    const auto run = intake_.rerun(std::move(message.rerun));
    if (!run)
        return message.done(
            {.status = RerunStatus::Unknown, .message = "there is no pipeline " + pipeline + " any more"});
    state_.ledger.after(Reply{[done = std::move(message.done), run = *run] {
        done({.status = RerunStatus::Started, .message = {}, .run = run});
    }});
}

void Core::resume(store::UnfinishedRun stored) {
    const RunId id = stored.run.id;
    if (ActiveRun* known = state_.runs.find(id)) {
        life_.wake(*known);
        return life_.begin(*known);
    }
    const EventId newest = stored.more.empty() ? stored.event.id : stored.more.back().id;
    const bool collected = flow_.collecting(id) != nullptr;
    if (!flow_.mayStart(stored.run, newest)) return parking_.note(flow_.collecting(id)->wakeAt);
    const bool missed = !stored.run.parked;
    ActiveRun* run = recovery_.load(std::move(stored));
    if (run != nullptr && (!collected || startsAlone(*run))) goOn(*run, missed);
}

/// Whether a singleton lets the run in is decided when it has its events. One that is kept out ends.
bool Core::startsAlone(ActiveRun& run) {
    const Catalog::EntryPtr entry = catalog_.find(run.record.pipeline);
    const auto verdict = entry ? flow_.singleton(*entry, *run.event) : std::nullopt;
    if (!verdict) return true;
    if (verdict->kind == Verdict::Kind::Refuse) {
        StepError why{.outcome = OutcomeClass::Cancelled, .code = "singleton", .message = verdict->why};
        life_.cancel(run, why);
        return false;
    }
    if (verdict->run) cancelQuietly(verdict->run, kSuperseded);
    state_.scheduler.hold(verdict->lane, {.run = run.record.id});
    return true;
}

void Core::goOn(ActiveRun& run, bool missed) {
    if (isTerminal(run.record.state)) return;
    const auto takeUp = [this, missed](ActiveRun& one) {
        one.lookingBack = false;
        recovery_.goOn(one, missed);
        deliveries_.catchUp(one);
        askForParent(one);
    };
    run.lookingBack = missed && !run.ears.empty();
    if (run.lookingBack) return deliveries_.lookBack(run, takeUp);
    takeUp(run);
}

void Core::resumeAll(std::vector<store::UnfinishedRun> runs) {
    for (store::UnfinishedRun& stored : runs) {
        resume(std::move(stored));
        settleInside();
    }
}

}  // namespace stepd::engine
