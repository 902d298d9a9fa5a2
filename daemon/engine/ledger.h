#pragma once

#include <vector>

#include "engine/active_run.h"
#include "engine/effects.h"
#include "engine/engine.h"
#include "store/store.h"

namespace stepd::engine {

/// An event with the runs that it starts, or runs for an event that is stored already.
struct NewAdmission {
    store::Admission admission;  ///< of a run in memory only `run` and `once` are filled; its state is taken at `seal`
    std::vector<ActiveRun*> active;  ///< one for each of its runs; null: the run stays in the store for now
    bool eventIsStored = false;      ///< a rerun
};

/// Who waits for the answer to some admissions.
struct Submission {
    Engine::SubmitCallback done;
    std::vector<Submitted> answers;
};

/// One transaction, and what it allows once it is on disk.
struct Commit {
    store::Batch batch;
    std::vector<Submission> submissions;
    std::vector<Effect> effects;
};

/// Gathers what has to be on disk next. Runs and steps change in memory and are touched here; `seal` compares them with
/// what was handed in last and makes one batch of it, so several changes of a step between two commits are one row.
/// Effects are held with the batch that they depend on. Engine thread only.
class Ledger {
public:
    /// The run's own row differs from now on.
    void touch(ActiveRun& run);
    /// A step's row differs from now on; at the first time the step gets its number.
    void touch(ActiveRun& run, ActiveStep& step);
    /// Gives the step its number, though nothing of it has to be stored yet.
    void number(ActiveRun& run, ActiveStep& step);
    /// What the run waits for in the store is this from now on.
    void waits(ActiveRun& run, std::vector<store::Wait> waits);
    /// What admissions refer to: it goes ahead of them.
    void addFirst(store::Change change) { first_.push_back(std::move(change)); }
    /// A change of a run that is in the store alone. It goes ahead of the runs in memory: the same run may come there
    /// and be moved before the batch is sealed.
    void addAhead(store::Change change) { ahead_.push_back(std::move(change)); }
    /// Anything else that has to go to disk, behind the runs and steps.
    void add(store::Change change) { others_.push_back(std::move(change)); }
    /// An attempt has ended otherwise than well; its step has been touched.
    void attemptEnded(ActiveRun& run, AttemptRecord attempt);

    void admit(NewAdmission admission) { admissions_.push_back(std::move(admission)); }
    void submission(Submission submission) { submissions_.push_back(std::move(submission)); }
    void after(Effect effect) { effects_.push_back(std::move(effect)); }

    bool empty() const {
        return first_.empty() && admissions_.empty() && ahead_.empty() && dirty_.empty() && others_.empty() &&
               effects_.empty() && submissions_.empty();
    }
    /// All that was gathered; the ledger is empty then.
    Commit seal();

private:
    void list(ActiveRun& run);
    std::vector<store::Change> first_;
    std::vector<NewAdmission> admissions_;
    std::vector<Submission> submissions_;
    std::vector<store::Change> ahead_;
    std::vector<ActiveRun*> dirty_;
    std::vector<store::Change> others_;
    std::vector<Effect> effects_;
};

}  // namespace stepd::engine
