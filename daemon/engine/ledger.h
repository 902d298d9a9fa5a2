#pragma once

#include <vector>

#include "engine/active_run.h"
#include "engine/effects.h"
#include "engine/engine.h"
#include "store/store.h"

namespace stepd::engine {

/// An event with the runs that it starts.
struct NewAdmission {
    store::Admission admission;  ///< of a run in memory only `run` and `once` are filled; its state is taken at `seal`
    std::vector<ActiveRun*> active;  ///< one for each of its runs; null: the run stays in the store for now
};

/// Who waits for the answer to some admissions, which follow one another.
struct Submission {
    Engine::SubmitCallback done;
    std::vector<Submitted> answers;  ///< as they are if nothing turns out to be known already
    std::size_t firstAdmission = 0;
};

/// One transaction, and what it allows once it is on disk.
struct Commit {
    store::Batch batch;  ///< the admissions first, in order
    std::size_t admissions = 0;
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
    /// An attempt starts or ends; `step` has been touched.
    void attemptStarted(ActiveRun& run, AttemptRecord attempt);
    void attemptEnded(ActiveRun& run, AttemptRecord attempt);
    /// Takes an attempt back whose start was not handed in yet: then it never was. False if it was handed in.
    bool withdrawAttempt(ActiveRun& run, const StepRecord& step);

    void admit(NewAdmission admission) { admissions_.push_back(std::move(admission)); }
    void submission(Submission submission) { submissions_.push_back(std::move(submission)); }
    std::size_t admissions() const { return admissions_.size(); }
    void after(Effect effect) { effects_.push_back(std::move(effect)); }

    bool empty() const { return admissions_.empty() && dirty_.empty() && effects_.empty() && submissions_.empty(); }
    /// All that was gathered; the ledger is empty then, and new runs are Admitting.
    Commit seal();

private:
    void list(ActiveRun& run);
    std::vector<NewAdmission> admissions_;
    std::vector<Submission> submissions_;
    std::vector<ActiveRun*> dirty_;
    std::vector<Effect> effects_;
};

}  // namespace stepd::engine
