#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/admissions.h"
#include "engine/backlog.h"
#include "engine/catalog.h"
#include "engine/messages.h"
#include "engine/recovery.h"
#include "engine/run_life.h"

namespace stepd::engine {

/// The engine without its thread: messages in, one batch to the store, effects after the commit. It has no thread and
/// no clock of its own, so a test can run a day of it in milliseconds, from a seed (design rules 1 to 3).
///
/// One commit is open at a time, and what happens meanwhile gathers for the next. That keeps the disk as busy as
/// several would, since the store has one writer; and when a commit finds the disk full, nothing that builds on it has
/// been handed in. One thread at a time.
class Core {
public:
    /// `post` is called from the threads of the store and the invoker. Reads the last keys: blocks, throws Error.
    Core(EngineParts parts, EngineOptions options, Post post);

    /// Takes in all messages, fires timers, fills free slots, hands in what has to be on disk.
    void round(std::vector<Message> messages);
    /// When `round` must be called even if no message comes; absent: only a message can change anything.
    std::optional<Instant> nextDue() const;
    /// True after Stop, once nothing is waited for: the thread may end.
    bool stopped() const { return stopping_ && (failed_ || commitKept_ || (!commitOpen_ && state_.ledger.empty())); }
    EngineStats stats() const;
    std::vector<Wait> why(RunId run) const;
    /// Answers all submissions that are not on disk yet; for the end.
    void refuseOpen(SubmitStatus status, const std::string& sentence);

private:
    // What comes in.
    void handle(Submit&& message);
    void handle(Cancel&& message);
    void handle(WatchEnd&& message);
    void handle(AskWhy&& message);
    void handle(UsePipelines&& message);
    void handle(CallFinished&& message);
    void handle(CallProgressed&& message);
    void handle(CommitAnswered&& message);
    void handle(RunsLoaded&& message);
    void handle(Stop&& message);
    std::optional<Submitted> refusal() const;
    Submitted admit(NewEvent event);
    ActiveRun& enter(const Admissions::Plan& plan, const Admissions::Plan::PlannedRun& planned);
    void cancelStored(Cancel message, std::vector<store::UnfinishedRun> found);

    // What the round does by itself.
    void fireTimers();
    void fillSlots();
    void talkToStore();
    void handIn();
    void send(store::Batch batch);
    bool askForRuns();

    // What follows from a commit.
    void durable(const store::Committed& answer);
    void full(const std::string& sentence);
    void failed(const std::string& sentence);
    void settle(Submission& submission, const std::vector<store::Admitted>& admitted);
    void drop(RunId run);
    void perform(Effect& effect);
    void end(RunId run);
    void handleDeferred();

    EngineState state_;
    Catalog catalog_;
    Admissions admissions_;
    Attempts attempts_;
    RunLife life_;
    Recovery recovery_;
    Backlog backlog_;
    const Post post_;

    Commit open_;        // handed in, not answered
    store::Batch copy_;  // of the open batch but for its admissions, for another try
    bool commitOpen_ = false;
    bool commitKept_ = false;  // the open commit waits for its next try
    Instant retryAt_{};        // of the kept commit; submissions are refused until then
    bool storeFull_ = false;
    std::string fullSentence_;  // the store's own: no space, or another program holds the database
    bool failed_ = false;
    bool stopping_ = false;
    Instant lastCommit_{};
    std::optional<Instant> commitOpenSince_;  // what the store has now; absent while a kept commit waits

    bool loading_ = false;
    std::optional<Cancel> lookup_;   // the load asked for is for this cancel
    std::deque<Cancel> lookups_;     // cancels of runs that only the store has
    std::vector<Message> deferred_;  // cancels of runs whose admission is not answered yet
    std::map<RunId, std::vector<Engine::RunCallback>> waiters_;
};

}  // namespace stepd::engine
