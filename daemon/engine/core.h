#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/audit.h"
#include "engine/backlog.h"
#include "engine/deliveries.h"
#include "engine/intake.h"
#include "engine/pruner.h"
#include "engine/schedules.h"

namespace stepd::engine {

/// The engine without its thread: messages in, one batch to the store, effects after the commit. It has no thread and
/// no clock of its own, so a test can run a day of it in milliseconds, from a seed (design rules 1 to 3).
///
/// One commit is open at a time, and what happens meanwhile gathers for the next. That keeps the disk as busy as
/// several would, since the store has one writer. A batch that finds the disk full is kept, whole, and tried again:
/// what it says has happened in memory already. One thread at a time.
class Core {
public:
    /// `post` is called from the threads of the store and the invoker. Reads what the store has beside runs: blocks,
    /// throws Error.
    Core(EngineParts parts, EngineOptions options, Post post);
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// Takes in all messages, fires timers, fills free slots, hands in what has to be on disk.
    void round(std::vector<Message> messages);
    /// When `round` must be called even if no message comes; absent: only a message can change anything.
    std::optional<Instant> nextDue() const;
    /// True after Stop, once nothing is waited for: the thread may end.
    bool stopped() const { return stopping_ && (failed_ || commitKept_ || (!commitOpen_ && state_.ledger.empty())); }
    EngineStats stats() const;
    /// Of a run in memory or in the backlog; empty for others.
    std::vector<Wait> why(RunId run) const;
    /// Runs whose end somebody waits for.
    std::size_t watched() const { return waiters_.size(); }
    /// Answers all who wait for something that will not come any more; for the end.
    void refuseOpen(SubmitStatus status, const std::string& sentence);

private:
    // What comes in.
    void handle(Submit&& message);
    void handle(Cancel&& message);
    void handle(WatchEnd&& message);
    void handle(ForgetEnd&& message) { waiters_.erase(message.run); }
    void handle(AskWhy&& message);
    void handle(AskRerun&& message);
    void rerun(AskRerun&& message);
    void handle(AskRelease&& message);
    void handle(AskPause&& message);
    void handle(UsePipelines&& message);
    void handle(CallFinished&& message);
    void handle(CallProgressed&& message);
    void handle(CommitAnswered&& message);
    void handle(Answered&& message);
    void handle(Stop&& message);
    std::optional<Submitted> refusal() const;
    bool storeFull() const { return commitKept_ || onReserve_; }
    void refillReserve();
    ActiveRun& enter(const std::shared_ptr<const ActiveEvent>& event, Run record, DriverPtr driver);
    void cancelQuietly(RunId run, std::string why);
    void listPaused();
    void askForParent(const ActiveRun& child);

    // Runs that only the store has.
    using Found = std::function<void(ActiveRun*)>;
    void find(RunId run, Found found, std::function<void()> refused);
    using Looked = std::function<void(const ActiveRun*, bool unfinished)>;
    void look(RunId run, Looked looked, std::function<void()> refused);
    void ask(RunId run, std::function<void(std::optional<store::UnfinishedRun>)> answer, std::function<void()> refused);
    ActiveRun* visit(store::UnfinishedRun stored);
    void resume(store::UnfinishedRun stored);
    bool startsAlone(ActiveRun& run);
    void goOn(ActiveRun& run, bool missed);
    void resumeAll(std::vector<store::UnfinishedRun> runs);

    // What the round does by itself.
    void settleInside();
    void fireTimers();
    void fillSlots();
    void fetchRuns();
    void talkToStore();
    void handIn();
    void send(store::Batch batch);

    // What follows from a commit.
    void durable(store::Committed answer);
    void onReserve(const std::string& sentence);
    void full(const std::string& sentence, store::Batch batch);
    void failed(const std::string& sentence);
    void perform(Effect& effect);
    void sendCalls();
    void end(RunId run);
    void leave(RunId run);

    EngineState state_;
    const store::Image image_;
    Catalog catalog_;
    Attempts attempts_;
    BuiltInSteps builtIns_;
    Parking parking_;
    FlowControl flow_;
    RunLife life_;
    Recovery recovery_;
    Deliveries deliveries_;
    Backlog backlog_;
    Intake intake_;
    Schedules schedules_;
    Audit audit_;
    Pruner pruner_;
    const Post post_;

    Commit open_;                        // handed in, not answered; while it is kept, its batch as well
    std::vector<host::StepCall> calls_;  // of the effects under way: they go out together
    bool commitOpen_ = false;
    bool commitKept_ = false;  // the open commit waits for its next try
    Instant retryAt_{};        // of the kept commit
    bool onReserve_ = false;   // what is in memory goes on; nothing new is taken in
    bool refillAsked_ = false;
    Instant refillAt_{};
    std::string fullSentence_;  // the store's own: no space, or another program holds the database
    bool failed_ = false;
    bool stopping_ = false;
    Instant lastCommit_{};
    std::optional<Instant> commitOpenSince_;  // what the store has now; absent while a kept commit waits

    std::vector<std::string> paused_;  // current pipelines
    bool backlogAsked_ = false;
    std::uint64_t lastAsker_ = 0;
    std::map<std::uint64_t, std::function<void()>> askers_;  // what is said to who asked for a run if the engine stops
    std::map<RunId, std::vector<Engine::RunCallback>> waiters_;
};

}  // namespace stepd::engine
