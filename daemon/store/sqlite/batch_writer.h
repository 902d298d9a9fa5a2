#pragma once

#include "store/sqlite/once_keys.h"
#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Carries out the changes of a batch inside the transaction of the caller. Confined to the writer's thread.
class BatchWriter {
public:
    explicit BatchWriter(sqlite3* db);

    /// Throws Refused with a sentence if a guard does not hold: then part of the batch is written and the caller undoes
    /// it. Throws Error.
    Committed write(const Batch& batch);

    /// To be called once before each COMMIT.
    void prune() { once_.prune(); }

private:
    void carryOut(const Admission& admission, Committed& committed);
    void carryOut(const RunChange& change, Committed&);
    void carryOut(const StepChange& change, Committed&);
    void carryOut(const AttemptStart& change, Committed&);
    void carryOut(const AttemptEnd& change, Committed&);

    Admitted duplicateOf(std::int64_t event);
    Admitted::AdmittedRun admit(const NewRun& fresh, EventId event);
    void insertStep(RunId run, const StepRecord& step);
    void insertAttempt(RunId run, const AttemptRecord& attempt);

    OnceKeys once_;
    Statement insertEvent_;
    Statement insertRun_;
    Statement insertStep_;
    Statement insertAttempt_;
    Statement updateRun_;
    Statement updateStep_;
    Statement endAttempt_;
    Statement eventTime_;
    Statement runsOfEvent_;
    Statement runBrief_;
};

}  // namespace stepd::store
