// What follows from the answer to a commit: the second half of "commit, then act".
#include <utility>

#include "engine/core.h"

namespace stepd::engine {

void Core::handle(CommitAnswered&& message) {
    commitOpenSince_.reset();
    if (failed_) return;
    switch (message.answer.status) {
        case store::CommitStatus::Durable: return durable(std::move(message.answer));
        case store::CommitStatus::Full: return full(message.answer.message, std::move(message.answer.batch));
        case store::CommitStatus::Failed: return failed(message.answer.message);
    }
}

void Core::durable(store::Committed answer) {
    commitOpen_ = false;
    if (answer.onReserve && !onReserve_) onReserve(answer.message);
    lastCommit_ = state_.instant;
    intake_.settled();
    Commit commit = std::exchange(open_, {});
    for (Effect& effect : commit.effects) perform(effect);
    sendCalls();
    for (Submission& submission : commit.submissions) submission.done(std::move(submission.answers));
}

/// The store has no space, or not now. New events are refused with that answer. What was decided is kept and tried
/// again, whole; who waits for it is told so now, and finds it done when they ask again with the same id.
void Core::full(const std::string& sentence, store::Batch batch) {
    fullSentence_ = sentence;
    retryAt_ = state_.instant + state_.options.storeRetry;
    commitKept_ = true;
    open_.batch = std::move(batch);
    state_.questions.outdate();
    const Submitted answer{.status = SubmitStatus::StoreFull, .message = sentence};
    for (Submission& submission : std::exchange(open_.submissions, {}))
        submission.done(std::vector(submission.answers.size(), answer));
    intake_.refuse(answer);
}

/// The disk is full, and what is written goes to space that was set aside for that. The runs in memory go on, so that
/// what their steps have done is recorded; nothing else begins: no events, reruns or ticks, no runs from the store.
void Core::onReserve(const std::string& sentence) {
    onReserve_ = true;
    fullSentence_ = sentence;
    refillAt_ = state_.instant + state_.options.storeRetry;
    intake_.refuse({.status = SubmitStatus::StoreFull, .message = sentence});
}

void Core::refillReserve() {
    if (!onReserve_ || refillAsked_ || stopping_ || state_.instant < refillAt_) return;
    refillAsked_ = true;
    state_.parts.store.refill([this, post = post_](bool there) {
        post(Answered{[this, there] {
            refillAsked_ = false;
            onReserve_ = !there;
            refillAt_ = state_.instant + state_.options.storeRetry;
        }});
    });
}

void Core::failed(const std::string& sentence) {
    failed_ = true;
    refuseOpen(SubmitStatus::Failed, sentence);
    if (state_.parts.fatal) state_.parts.fatal(sentence);
}

void Core::refuseOpen(SubmitStatus status, const std::string& sentence) {
    const Submitted answer{.status = status, .message = sentence};
    Commit rest = state_.ledger.seal();
    for (auto* submissions : {&open_.submissions, &rest.submissions})
        for (Submission& submission : std::exchange(*submissions, {}))
            submission.done(std::vector(submission.answers.size(), answer));
    intake_.refuse(answer);
    for (const auto& [id, refused] : std::exchange(askers_, {})) refused();
}

void Core::perform(Effect& effect) {
    struct Performer {
        Core& core;
        void operator()(Invoke& invoke) const {
            OpenCall* call = core.state_.runs.findCall(invoke.call->id);
            if (call == nullptr) return;
            if (!call->run) {  // abandoned before it went out
                core.state_.scheduler.releasePlugin(call->plugin);
                core.state_.runs.endCall(invoke.call->id);
                return;
            }
            call->sent = true;
            core.calls_.push_back(std::move(*invoke.call));
        }
        void operator()(const StopCall& stop) const {
            const OpenCall* call = core.state_.runs.findCall(stop.call);
            if (call == nullptr || !call->sent) return;
            core.sendCalls();  // the one to stop may be among them
            core.state_.parts.invoker.cancel(stop.call, stop.reason);
        }
        void operator()(const Reply& reply) const { reply.say(); }
        void operator()(const RunEnded& ended) const { core.end(ended.run); }
        void operator()(const LeaveMemory& leave) const { core.leave(leave.run); }
        void operator()(const RunNotice& notice) const { core.state_.parts.observer->runChanged(notice); }
        void operator()(const StepNotice& notice) const { core.state_.parts.observer->stepChanged(notice); }
        void operator()(const AttemptNotice& notice) const { core.state_.parts.observer->attemptChanged(notice); }
    };
    std::visit(Performer{*this}, effect);
}

void Core::sendCalls() {
    state_.parts.invoker.invokeAll(std::exchange(calls_, {}));
}

void Core::end(RunId id) {
    const ActiveRun* run = state_.runs.find(id);
    if (run == nullptr) return;
    if (const auto waiters = waiters_.extract(id))
        for (const Engine::RunCallback& ended : waiters.mapped()) ended(&run->record);
    state_.runs.drop(id);
}

/// Parked, on disk, and nothing has touched it since.
void Core::leave(RunId id) {
    ActiveRun* run = state_.runs.find(id);
    if (run != nullptr && Parking::mayLeave(*run)) life_.leave(*run);
}

}  // namespace stepd::engine
