// What follows from the answer to a commit: the second half of "commit, then act".
#include <algorithm>
#include <utility>

#include "engine/core.h"

namespace stepd::engine {
namespace {

/// A notice about a run that turned out to be none is nobody's business.
bool concernsKnownRun(const RunTable& runs, const RunRef& ref) {
    return runs.find(ref.run) != nullptr;
}

}  // namespace

void Core::handle(CommitAnswered&& message) {
    commitOpenSince_.reset();
    if (failed_) return;
    switch (message.answer.status) {
        case store::CommitStatus::Durable: return durable(message.answer);
        case store::CommitStatus::Full: return full(message.answer.message);
        case store::CommitStatus::Failed: return failed(message.answer.message);
    }
}

void Core::durable(const store::Committed& answer) {
    commitOpen_ = storeFull_ = false;
    lastCommit_ = state_.instant;
    Commit commit = std::exchange(open_, {});
    for (Submission& submission : commit.submissions) settle(submission, answer.admitted);
    for (Effect& effect : commit.effects) perform(effect);
    for (Submission& submission : commit.submissions) submission.done(std::move(submission.answers));
    handleDeferred();
}

/// Runs that are known to be new go on; for the others the answer names those that were there before.
void Core::settle(Submission& submission, const std::vector<store::Admitted>& admitted) {
    for (std::size_t i = 0; i < submission.answers.size(); ++i) {
        Submitted& answer = submission.answers[i];
        const store::Admitted& known = admitted[submission.firstAdmission + i];
        const std::vector<StartedRun> asked = std::exchange(answer.runs, {});
        if (known.duplicateOf) {
            answer.duplicate = true;
            answer.event = *known.duplicateOf;
            answer.receivedAt = known.duplicateReceivedAt;
            for (const StartedRun& run : asked) drop(run.id);
        } else {
            for (std::size_t r = 0; r < asked.size(); ++r) {
                ActiveRun* run = state_.runs.find(asked[r].id);
                if (known.runs[r].duplicate) {
                    drop(asked[r].id);
                } else if (run != nullptr) {
                    run->stage = Stage::Durable;
                    attempts_.admitted(*run);
                }
            }
        }
        for (const auto& run : known.runs)
            answer.runs.push_back(
                {.id = run.run, .createdAt = run.createdAt, .pipeline = run.pipeline, .duplicate = run.duplicate});
    }
}

/// The store has no space, or not now. New events are refused with that answer; what runs is kept and tried again.
void Core::full(const std::string& sentence) {
    storeFull_ = true;
    fullSentence_ = sentence;
    retryAt_ = state_.instant + state_.options.storeRetry;
    for (Submission& submission : std::exchange(open_.submissions, {})) {
        for (Submitted& answer : submission.answers) {
            for (const StartedRun& run : answer.runs) drop(run.id);
            answer = {.status = SubmitStatus::StoreFull, .message = sentence};
        }
        submission.done(std::move(submission.answers));
    }
    commitKept_ = !copy_.empty();
    if (commitKept_) return;
    commitOpen_ = false;
    for (Effect& effect : std::exchange(open_, {}).effects) perform(effect);
    handleDeferred();
}

void Core::failed(const std::string& sentence) {
    failed_ = true;
    refuseOpen(SubmitStatus::Failed, sentence);
    if (state_.parts.fatal) state_.parts.fatal(sentence);
}

void Core::refuseOpen(SubmitStatus status, const std::string& sentence) {
    Commit rest = state_.ledger.seal();
    for (auto* submissions : {&open_.submissions, &rest.submissions})
        for (Submission& submission : std::exchange(*submissions, {}))
            submission.done(std::vector(submission.answers.size(), Submitted{.status = status, .message = sentence}));
}

/// The run is none: it was admitted in memory only. Its recorded attempts are in no store, and their calls never go
/// out.
void Core::drop(RunId id) {
    ActiveRun* run = state_.runs.find(id);
    if (run == nullptr) return;
    for (const ActiveStep& step : run->steps)
        if (step.activity == Activity::Open) {
            state_.scheduler.release(state_.runs.findCall(step.call)->plugin);
            state_.runs.endCall(step.call);
        }
    state_.runs.drop(id);
    waiters_.erase(id);
}

void Core::perform(Effect& effect) {
    struct Performer {
        Core& core;
        void operator()(Invoke& invoke) const {
            OpenCall* call = core.state_.runs.findCall(invoke.call.id);
            if (call == nullptr) return;
            if (!call->run) {  // abandoned before it went out
                core.state_.scheduler.release(call->plugin);
                core.state_.runs.endCall(invoke.call.id);
                return;
            }
            call->sent = true;
            core.state_.parts.invoker.invoke(std::move(invoke.call));
        }
        void operator()(const StopCall& stop) const {
            const OpenCall* call = core.state_.runs.findCall(stop.call);
            if (call != nullptr && call->sent) core.state_.parts.invoker.cancel(stop.call, stop.reason);
        }
        void operator()(const Reply& reply) const { reply.say(); }
        void operator()(const RunEnded& ended) const { core.end(ended.run); }
        void operator()(const RunNotice& notice) const {
            if (concernsKnownRun(core.state_.runs, notice.run)) core.state_.parts.observer->runChanged(notice);
        }
        void operator()(const StepNotice& notice) const {
            if (concernsKnownRun(core.state_.runs, notice.run)) core.state_.parts.observer->stepChanged(notice);
        }
        void operator()(const AttemptNotice& notice) const {
            if (concernsKnownRun(core.state_.runs, notice.run)) core.state_.parts.observer->attemptChanged(notice);
        }
    };
    std::visit(Performer{*this}, effect);
}

void Core::end(RunId id) {
    const ActiveRun* run = state_.runs.find(id);
    if (run == nullptr) return;
    if (const auto waiters = waiters_.extract(id))
        for (const Engine::RunCallback& ended : waiters.mapped()) ended(run->record);
    state_.runs.drop(id);
}

void Core::handleDeferred() {
    for (Message& message : std::exchange(deferred_, {}))
        std::visit([this](auto& one) { handle(std::move(one)); }, message);
}

}  // namespace stepd::engine
