#include "engine/core.h"

#include <algorithm>
#include <utility>

namespace stepd::engine {

Core::Core(EngineParts parts, EngineOptions options, Post post)
    : state_(parts, options),
      catalog_(parts.revisions, options.secretMark),
      admissions_(state_, catalog_, parts.store.lastEventId(), parts.store.lastRunId()),
      attempts_(state_),
      life_(state_, attempts_),
      recovery_(state_, catalog_, attempts_, life_),
      backlog_(admissions_.lastRun()),
      post_(std::move(post)) {}

void Core::round(std::vector<Message> messages) {
    state_.now = state_.parts.clock.now();
    state_.instant = state_.parts.clock.instant();
    state_.scheduler.refresh();
    for (Message& message : messages) std::visit([this](auto& one) { handle(std::move(one)); }, message);
    if (failed_) return;
    fireTimers();
    fillSlots();
    talkToStore();
}

std::optional<Instant> Core::nextDue() const {
    if (failed_) return std::nullopt;
    std::optional<Instant> due = state_.timers.next();
    const auto earlier = [&](Instant at) { due = due ? std::min(*due, at) : at; };
    if (commitKept_) earlier(retryAt_);
    if (!stopping_ && state_.scheduler.stalled()) earlier(state_.instant + state_.options.stallCheck);
    return due;
}

EngineStats Core::stats() const {
    return {.activeRuns = state_.runs.size(),
            .queuedRuns = backlog_.count(),
            .runningAttempts = state_.runs.openCalls(),
            .readySteps = state_.scheduler.waiting(),
            .waitingTimers = state_.timers.size(),
            .lastRound = state_.instant,
            .lastCommit = lastCommit_,
            .commitOpenSince = commitOpenSince_,
            .storeFull = storeFull_,
            .storeFailed = failed_};
}

std::vector<Wait> Core::why(RunId id) const {
    if (const ActiveRun* run = state_.runs.find(id)) return waitsOf(*run);
    if (backlog_.covers(id) && id <= admissions_.lastRun()) return {{.what = Wait::For::Room}};
    return {};
}

// ---- what comes in

std::optional<Submitted> Core::refusal() const {
    if (failed_) return Submitted{.status = SubmitStatus::Failed, .message = "the store has failed"};
    if (stopping_) return Submitted{.status = SubmitStatus::Stopping, .message = "stepd is stopping"};
    if (commitKept_ || (storeFull_ && state_.instant < retryAt_))
        return Submitted{.status = SubmitStatus::StoreFull, .message = fullSentence_};
    return std::nullopt;
}

void Core::handle(Submit&& message) {
    if (const auto refused = refusal()) return message.done(std::vector(message.events.size(), *refused));
    Submission submission{.done = std::move(message.done), .answers = {}, .firstAdmission = state_.ledger.admissions()};
    submission.answers.reserve(message.events.size());
    for (NewEvent& event : message.events) submission.answers.push_back(admit(std::move(event)));
    state_.ledger.submission(std::move(submission));
}

Submitted Core::admit(NewEvent event) {
    Admissions::Plan plan = admissions_.plan(std::move(event));
    Submitted answer{.event = plan.event->event.id, .receivedAt = plan.event->event.receivedAt};
    NewAdmission fresh;
    fresh.admission.event = plan.event->event;
    fresh.admission.once = std::move(plan.once);
    for (Admissions::Plan::PlannedRun& planned : plan.runs) {
        const Run& run = planned.run;
        answer.runs.push_back({.id = run.id, .createdAt = run.createdAt, .pipeline = run.pipeline});
        const bool room = backlog_.empty() && state_.runs.size() < state_.options.maxActiveRuns;
        fresh.active.push_back(room ? &enter(plan, planned) : nullptr);
        if (room) {
            backlog_.passed(run.id);
        } else {
            backlog_.add(run.id);
        }
        fresh.admission.runs.push_back(
            {.run = std::move(planned.run), .once = std::move(planned.once), .steps = {}, .attempts = {}});
    }
    state_.ledger.admit(std::move(fresh));
    return answer;
}

/// The run goes on as if its event were known to be new, but nothing of it leaves memory before the commit has said so.
ActiveRun& Core::enter(const Admissions::Plan& plan, const Admissions::Plan::PlannedRun& planned) {
    auto fresh = std::make_unique<ActiveRun>();
    fresh->record = planned.run;
    fresh->event = plan.event;
    fresh->driver = planned.driver;
    ActiveRun& run = state_.runs.add(std::move(fresh));
    life_.lay(run);
    life_.advance(run);
    return run;
}

void Core::handle(Cancel&& message) {
    if (failed_ || stopping_) return message.done(CancelStatus::Stopping);
    ActiveRun* run = state_.runs.find(message.run);
    if (run == nullptr) {
        if (message.run > admissions_.lastRun() || !message.run) return message.done(CancelStatus::Unknown);
        if (!backlog_.covers(message.run)) return message.done(CancelStatus::Finished);
        lookups_.push_back(std::move(message));
        return;
    }
    if (run->stage != Stage::Durable) return deferred_.emplace_back(std::move(message)), void();
    if (isTerminal(run->record.state)) return message.done(CancelStatus::Finished);
    life_.cancel(*run);
    state_.ledger.after(Reply{[done = std::move(message.done)] { done(CancelStatus::Cancelled); }});
}

void Core::cancelStored(Cancel message, std::vector<store::UnfinishedRun> found) {
    if (state_.runs.find(message.run) != nullptr) return handle(std::move(message));
    if (found.empty() || found.front().run.id != message.run) return message.done(CancelStatus::Finished);
    life_.cancel(recovery_.take(std::move(found.front())));
    state_.ledger.after(Reply{[done = std::move(message.done)] { done(CancelStatus::Cancelled); }});
}

void Core::handle(WatchEnd&& message) {
    const bool comes = state_.runs.find(message.run) != nullptr || backlog_.covers(message.run);
    if (comes && message.run <= admissions_.lastRun()) waiters_[message.run].push_back(std::move(message.ended));
}

void Core::handle(AskWhy&& message) {
    message.done(why(message.run));
}

void Core::handle(UsePipelines&& message) {
    catalog_.use(std::move(message.pipelines));
}

void Core::handle(CallFinished&& message) {
    OpenCall* found = state_.runs.findCall(message.call);
    if (found == nullptr || failed_) return;
    const OpenCall call = std::move(*found);
    state_.runs.endCall(message.call);
    state_.scheduler.release(call.plugin);
    // A call that was abandoned only gives its slot back: its attempt has been recorded as cancelled.
    if (ActiveRun* run = state_.runs.find(call.run)) life_.finished(*run, call.step, std::move(message.result));
}

void Core::handle(CallProgressed&& message) {
    const OpenCall* call = state_.runs.findCall(message.call);
    if (call == nullptr || state_.parts.observer == nullptr) return;
    if (const ActiveRun* run = state_.runs.find(call->run))
        state_.parts.observer->progressed(refOf(*run), run->steps[call->step].record.name, message.fraction,
                                          message.message);
}

void Core::handle(RunsLoaded&& message) {
    loading_ = false;
    if (failed_ || stopping_) return;
    if (lookup_) return cancelStored(*std::exchange(lookup_, std::nullopt), std::move(message.runs));
    backlog_.loaded(message.runs);
    // One that was cancelled ahead of its turn is in memory already, and newer there than what the store has read.
    for (store::UnfinishedRun& stored : message.runs)
        if (state_.runs.find(stored.run.id) == nullptr) recovery_.resume(std::move(stored));
    // Whoever waits for a run that turned out to have ended long ago is not called: see Engine::onEnd.
    std::erase_if(waiters_, [this](const auto& waiter) {
        return !backlog_.covers(waiter.first) && state_.runs.find(waiter.first) == nullptr;
    });
}

void Core::handle(Stop&&) {
    stopping_ = true;
    state_.scheduler.close();
    for (Cancel& lookup : lookups_) lookup.done(CancelStatus::Stopping);
    if (lookup_) lookup_->done(CancelStatus::Stopping);
    lookups_.clear();
    lookup_.reset();
}

// ---- what the round does by itself

void Core::fireTimers() {
    while (const auto due = state_.timers.take(state_.instant)) {
        ActiveRun& run = *state_.runs.find(due->run);
        attempts_.due(run, due->step);
        life_.advance(run);
    }
}

void Core::fillSlots() {
    while (const auto next = state_.scheduler.next()) {
        ActiveRun& run = *state_.runs.find(next->run);
        attempts_.start(run, next->step);
        life_.advance(run);
    }
}

void Core::talkToStore() {
    if (commitOpen_) {
        if (!commitKept_ || state_.instant < retryAt_) return;
        commitKept_ = false;
        return send(copy_);
    }
    if (askForRuns()) loading_ = true;
    if (!state_.ledger.empty()) handIn();
}

/// Only while no commit is open: then the store knows all of the backlog but for what the next commit says of runs that
/// were cancelled out of it, and those are in memory until that commit is answered.
bool Core::askForRuns() {
    if (loading_ || stopping_) return false;
    std::optional<store::LoadQuery> query;
    if (!lookups_.empty()) {
        lookup_ = std::move(lookups_.front());
        lookups_.pop_front();
        query = store::LoadQuery{.after = RunId{lookup_->run.value - 1}, .limit = 1};
    } else {
        const std::size_t active = state_.runs.size();
        query = backlog_.page(state_.options.maxActiveRuns - std::min(active, state_.options.maxActiveRuns));
    }
    if (!query) return false;
    state_.parts.store.load(
        *query, [post = post_](std::vector<store::UnfinishedRun> runs) { post(RunsLoaded{std::move(runs)}); });
    return true;
}

void Core::handIn() {
    open_ = state_.ledger.seal();
    backlog_.handedIn();
    commitOpen_ = true;
    // The store gives nothing back when it is full, so what a second try needs is kept. Admissions are not tried again.
    const auto firstChange = open_.batch.changes.begin() + static_cast<std::ptrdiff_t>(open_.admissions);
    copy_.changes.assign(firstChange, open_.batch.changes.end());
    send(std::exchange(open_.batch, {}));
}

void Core::send(store::Batch batch) {
    commitOpenSince_ = state_.instant;
    state_.parts.store.commit(std::move(batch),
                              [post = post_](store::Committed answer) { post(CommitAnswered{std::move(answer)}); });
}

}  // namespace stepd::engine
