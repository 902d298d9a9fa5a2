#include "engine/core.h"

#include <algorithm>
#include <utility>

namespace stepd::engine {
namespace {

Wait waitForRoom() {
    return {.what = Wait::For::Room, .sentence = "the run waits in the store until there is room in memory"};
}

StepError cancelled(std::string why) {
    return {.outcome = OutcomeClass::Cancelled,
            .code = "cancelled",
            .message = std::move(why),
            .details = {},
            .retryAfter = {}};
}

}  // namespace

Core::Core(EngineParts parts, EngineOptions options, Post post)
    : state_(parts, options, post),
      image_(parts.store.image()),
      catalog_(parts.revisions, options.secretMark),
      attempts_(state_, [this](ActiveRun& run) { life_.begin(run); }),
      builtIns_(state_, {.send = [this](Order order) { intake_.send(std::move(order)); },
                         .cancelRun = [this](RunId run, std::string why) { cancelQuietly(run, std::move(why)); },
                         .ended = [this](ActiveRun& run) { life_.begin(run); },
                         .knowsPipeline = [this](std::string_view id) { return catalog_.find(id) != nullptr; },
                         .catchUp = [this](ActiveRun& run, std::size_t step) { deliveries_.catchUp(run, step); }}),
      parking_(state_, image_.nextWake),
      flow_(state_, image_),
      life_(state_, attempts_, builtIns_, parking_, flow_),
      recovery_(state_, catalog_, attempts_, builtIns_, life_),
      deliveries_(state_, builtIns_, life_, recovery_),
      backlog_(parts.store.lastRunId(), image_.queued),
      intake_(state_, catalog_, flow_, backlog_,
              {.enter = [this](const auto& event, Run run, DriverPtr driver) -> ActiveRun& {
                   return enter(event, std::move(run), std::move(driver));
               },
               .begin = [this](ActiveRun& run) { life_.begin(run); },
               .cancelRun = [this](RunId run, std::string why) { cancelQuietly(run, std::move(why)); },
               .parked = [this](Timestamp wakeAt) { parking_.note(wakeAt); },
               .spread = [this](const auto& event) { deliveries_.spread(event); }},
              parts.store.lastEventId(), parts.store.lastRunId()),
      schedules_(state_, [this](Order order) { intake_.send(std::move(order)); }),
      audit_(state_, life_, [this](Timestamp at) { parking_.note(at); }),
      pruner_(state_, image_),
      post_(std::move(post)) {
    state_.now = parts.clock.now();
    state_.instant = parts.clock.instant();
    state_.scheduler.refresh(state_.now);
    state_.scheduler.restore(image_);
    state_.pluginSets.restore(image_.pluginSets);
    for (const auto& [family, count] : image_.waiting)
        if (family.starts_with("event:")) state_.ears.stored(family, static_cast<std::ptrdiff_t>(count));
    deliveries_.restore(image_.deliveries);
    for (const RunId run : FlowControl::superseded(image_)) cancelQuietly(run, kSuperseded);
    if (image_.onReserve) onReserve("no space can be set aside on the disk for runs under way");
}

void Core::round(std::vector<Message> messages) {
    state_.now = state_.parts.clock.now();
    state_.instant = state_.parts.clock.instant();
    state_.scheduler.refresh(state_.now);
    for (Message& message : messages) {
        std::visit([this](auto& one) { handle(std::move(one)); }, message);
        settleInside();
    }
    if (failed_) return;
    fireTimers();
    fillSlots();
    if (!stopping_) {
        if (!storeFull()) schedules_.tick();
        audit_.tick();
        settleInside();
        fetchRuns();
    }
    talkToStore();
}

std::optional<Instant> Core::nextDue() const {
    if (failed_) return std::nullopt;
    std::optional<Instant> due = state_.timers.next();
    const auto earlier = [&](std::optional<Instant> at) {
        if (at) due = due ? std::min(*due, *at) : *at;
    };
    const auto byWall = [&](std::optional<Timestamp> at) {
        if (at) earlier(state_.instant + std::max(Duration::zero(), timeBetween(state_.now, *at)));
    };
    if (commitKept_) earlier(retryAt_);
    if (stopping_) return due;
    if (onReserve_ && !refillAsked_) earlier(refillAt_);
    if (state_.scheduler.stalled()) earlier(state_.instant + state_.options.stallCheck);
    byWall(state_.scheduler.opens());
    // Nothing begins and nothing is fetched while the disk is full.
    if (!storeFull()) byWall(schedules_.nextTick());
    if (!storeFull() && state_.runs.size() < state_.options.maxActiveRuns) byWall(parking_.nextWake());
    earlier(audit_.nextDue());
    if (!commitKept_) earlier(pruner_.nextDue());
    return due;
}

EngineStats Core::stats() const {
    return {.activeRuns = state_.runs.size(),
            .queuedRuns = backlog_.count(),
            .linedUpRuns = state_.scheduler.parked(),
            .openDeliveries = deliveries_.open(),
            .runningAttempts = state_.runs.openCalls(),
            .readySteps = state_.scheduler.waiting(),
            .waitingTimers = state_.timers.size(),
            .parkedWaits = state_.ears.storedCount() + state_.scheduler.parked(),
            .paused = paused_,
            .prunedRuns = pruner_.prunedRuns(),
            .violations = audit_.violations(),
            .lastRound = state_.instant,
            .lastCommit = lastCommit_,
            .commitOpenSince = commitOpenSince_,
            .storeFull = storeFull(),
            .onReserve = onReserve_,
            .storeFailed = failed_};
}

std::vector<Wait> Core::why(RunId id) const {
    if (const ActiveRun* run = state_.runs.find(id)) return waitsOf(state_, flow_, *run);
    if (backlog_.covers(id) && id <= intake_.lastRun()) return {waitForRoom()};
    return {};
}

// ---- what comes in

std::optional<Submitted> Core::refusal() const {
    if (failed_) return Submitted{.status = SubmitStatus::Failed, .message = "the store has failed"};
    if (stopping_) return Submitted{.status = SubmitStatus::Stopping, .message = "stepd is stopping"};
    if (storeFull()) return Submitted{.status = SubmitStatus::StoreFull, .message = fullSentence_};
    return std::nullopt;
}

void Core::handle(Submit&& message) {
    if (const auto refused = refusal()) return message.done(std::vector(message.events.size(), *refused));
    intake_.submit(std::move(message.events), std::move(message.done));
}

/// The run goes on as soon as its admission is in the ledger, but nothing of it leaves memory before the commit.
ActiveRun& Core::enter(const std::shared_ptr<const ActiveEvent>& event, Run record, DriverPtr driver) {
    auto fresh = std::make_unique<ActiveRun>();
    fresh->record = std::move(record);
    fresh->event = event;
    fresh->driver = std::move(driver);
    ActiveRun& run = state_.runs.add(std::move(fresh));
    life_.lay(run);
    return run;
}

void Core::handle(Cancel&& message) {
    if (failed_ || stopping_) return message.done(CancelStatus::Stopping);
    if (message.run > intake_.lastRun() || !message.run) return message.done(CancelStatus::Unknown);
    const auto done = message.done;
    find(
        message.run,
        [this, done](ActiveRun* run) {
            if (run == nullptr || isTerminal(run->record.state)) return done(CancelStatus::Finished);
            life_.cancel(*run, cancelled("somebody cancelled the run"));
            state_.ledger.after(Reply{[done] { done(CancelStatus::Cancelled); }});
        },
        [done] { done(CancelStatus::Stopping); });
}

/// What makes it necessary is on its way to the disk. A run that is not in memory wakes by the same batch, so that it
/// is looked at even if a crash comes first.
void Core::cancelQuietly(RunId id, std::string why) {
    state_.later.emplace_back([this, id, why = std::move(why)] {
        if (state_.runs.find(id) == nullptr) {
            state_.ledger.add(store::Wake{.run = id, .now = state_.now});
            parking_.note(state_.now);
        }
        find(
            id,
            [this, why](ActiveRun* run) {
                const bool active = run != nullptr && !isTerminal(run->record.state) && !run->record.ending;
                if (active) life_.cancel(*run, cancelled(why));
            },
            [] {});
    });
}

/// A run that comes from the store may have lost the parent that waited for it: a crash kept it from being cancelled.
void Core::askForParent(const ActiveRun& child) {
    if (!child.record.parent || child.record.ending) return;  // it is on its way out already
    const auto answer = [this, id = child.record.id,
                         number = child.record.parentStep](const std::optional<store::UnfinishedRun>& parent) {
        const auto waits = [number](const StepRecord& step) {
            return step.number == number && step.state == StepState::Waiting;
        };
        if (!parent || std::none_of(parent->steps.begin(), parent->steps.end(), waits))
            cancelQuietly(id, "the run that invoked it does not wait for it any more");
    };
    ask(child.record.parent, answer, [] {});
}

void Core::handle(WatchEnd&& message) {
    if (failed_ || stopping_) return;
    if (message.run > intake_.lastRun()) return message.ended(nullptr);
    look(
        message.run,
        [this, id = message.run, ended = message.ended](const ActiveRun* run, bool unfinished) {
            // One in memory that has ended is not on disk as such yet.
            if (run != nullptr || unfinished) return waiters_[id].push_back(ended);
            ended(nullptr);
        },
        [] {});
}

void Core::handle(AskWhy&& message) {
    if (failed_ || stopping_ || message.run > intake_.lastRun()) return message.done({});
    const auto done = message.done;
    look(
        message.run,
        [this, done](const ActiveRun* run, bool unfinished) {
            if (run != nullptr) return done(waitsOf(state_, flow_, *run));
            done(unfinished ? std::vector<Wait>{waitForRoom()} : std::vector<Wait>());
        },
        [done] { done({}); });
}

void Core::handle(AskRelease&& message) {
    if (failed_ || stopping_) return message.done(ReleaseStatus::Stopping);
    if (message.run > intake_.lastRun() || !message.run) return message.done(ReleaseStatus::Unknown);
    const auto done = message.done;
    find(
        message.run,
        [this, done](ActiveRun* run) {
            if (run == nullptr || isTerminal(run->record.state) || !life_.release(*run))
                return done(ReleaseStatus::NotHeld);
            state_.ledger.after(Reply{[done] { done(ReleaseStatus::Released); }});
        },
        [done] { done(ReleaseStatus::Stopping); });
}

void Core::handle(AskPause&& message) {
    if (failed_ || stopping_) return message.done(PauseStatus::Stopping);
    if (catalog_.find(message.pipeline) == nullptr) return message.done(PauseStatus::Unknown);
    if (state_.scheduler.paused(message.pipeline) != message.paused) {
        state_.scheduler.setPaused(message.pipeline, message.paused);
        state_.ledger.add(store::PauseChange{.pipeline = message.pipeline, .paused = message.paused});
        listPaused();
    }
    state_.ledger.after(Reply{[done = std::move(message.done)] { done(PauseStatus::Done); }});
}

void Core::handle(UsePipelines&& message) {
    catalog_.use(std::move(message.pipelines));
    state_.scheduler.setRules(FlowControl::rules(catalog_.current(), state_.options.limiters));
    schedules_.use(catalog_.current());
    pruner_.use(catalog_.current());
    listPaused();
}

void Core::listPaused() {
    paused_.clear();
    for (const Catalog::EntryPtr& entry : catalog_.current())
        if (state_.scheduler.paused(entry->pipeline->id)) paused_.push_back(entry->pipeline->id);
}

void Core::handle(CallFinished&& message) {
    OpenCall* found = state_.runs.findCall(message.call);
    if (found == nullptr || failed_) return;
    const OpenCall call = std::move(*found);
    state_.runs.endCall(message.call);
    if (state_.parts.observer != nullptr) state_.parts.observer->used(call.plugin, message.result.receipt);
    // An abandoned call only gives its plugin's slot back: its attempt has been recorded as cancelled.
    if (!call.run) return state_.scheduler.releasePlugin(call.plugin);
    if (ActiveRun* run = state_.runs.find(call.run)) life_.finished(*run, call.step, std::move(message.result));
}

void Core::handle(CallProgressed&& message) {
    const OpenCall* call = state_.runs.findCall(message.call);
    if (call == nullptr || state_.parts.observer == nullptr) return;
    if (const ActiveRun* run = state_.runs.find(call->run))
        state_.parts.observer->progressed(*refOf(*run), run->steps[call->step].record.name, message.fraction,
                                          message.message);
}

void Core::handle(Answered&& message) {
    if (!failed_ && !stopping_) message.go();
}

void Core::handle(Stop&&) {
    stopping_ = true;
    state_.scheduler.close();
    intake_.refuse({.status = SubmitStatus::Stopping, .message = "stepd is stopping"});
    for (const auto& [id, refused] : std::exchange(askers_, {})) refused();
}

// ---- what the round does by itself

void Core::settleInside() {
    while (!state_.later.empty()) {
        const auto next = std::move(state_.later.front());
        state_.later.pop_front();
        next();
    }
}

void Core::fireTimers() {
    while (const auto due = state_.timers.take(state_.instant)) {
        life_.due(*state_.runs.find(due->run), due->step);
        settleInside();
    }
}

void Core::fillSlots() {
    while (const auto next = state_.scheduler.next()) {
        ActiveRun& run = *state_.runs.find(next->run);
        if (next->step == Ticket::kRun) {
            life_.passed(run);
        } else {
            const auto step = std::find_if(run.steps.begin(), run.steps.end(),
                                           [&](const ActiveStep& one) { return one.record.number == next->step; });
            attempts_.start(run, static_cast<std::size_t>(step - run.steps.begin()));
            life_.begin(run);
        }
        settleInside();
    }
}

/// Asks for what is due, wanted or next, while there is room for it.
void Core::fetchRuns() {
    if (storeFull()) return;
    deliveries_.go();
    const std::size_t active = state_.runs.size();
    const std::size_t room = state_.options.maxActiveRuns - std::min(active, state_.options.maxActiveRuns);
    parking_.askForDue(room, [this](std::vector<store::UnfinishedRun> runs) { resumeAll(std::move(runs)); });
    while (const auto signal = state_.scheduler.wanted()) {
        state_.questions.load(store::LoadWaiting{.signal = *signal, .limit = 50},
                              [this, signal = *signal](store::LoadedRuns found) {
                                  const std::size_t count = found.runs.size();
                                  resumeAll(std::move(found.runs));
                                  state_.scheduler.loaded(signal, count);
                              });
    }
    if (backlogAsked_) return;
    const auto query = backlog_.page(room);
    if (!query) return;
    backlogAsked_ = true;
    state_.questions.load(*query, [this](store::LoadedRuns found) {
        backlogAsked_ = false;
        backlog_.loaded(found.runs);
        // One that was taken up ahead of its turn is in memory already, and newer there than what the store has read.
        std::erase_if(found.runs, [this](const auto& one) { return state_.runs.find(one.run.id) != nullptr; });
        resumeAll(std::move(found.runs));
    });
}

void Core::talkToStore() {
    refillReserve();
    for (store::Change& change : state_.scheduler.drain()) state_.ledger.add(std::move(change));
    if (commitOpen_ && commitKept_ && state_.instant >= retryAt_) {
        commitKept_ = false;
        send(std::exchange(open_.batch, {}));
    }
    if (!commitOpen_ && !state_.ledger.empty()) handIn();
    if (!state_.ledger.empty() || commitKept_) return;
    state_.questions.send();
    if (!stopping_) pruner_.tick();
}

void Core::handIn() {
    open_ = state_.ledger.seal();
    backlog_.handedIn();
    intake_.handedIn();
    commitOpen_ = true;
    audit_.moved();
    send(std::exchange(open_.batch, {}));
}

void Core::send(store::Batch batch) {
    commitOpenSince_ = state_.instant;
    state_.parts.store.commit(std::move(batch),
                              [post = post_](store::Committed answer) { post(CommitAnswered{std::move(answer)}); });
}

}  // namespace stepd::engine
