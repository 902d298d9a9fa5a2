#pragma once

#include "store/sqlite/flow_writer.h"
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
    void write(const Batch& batch);

    /// To be called once before each COMMIT.
    void prune();

private:
    void carryOut(const Admission& admission);
    void carryOut(const RunAdmission& admission);
    void carryOut(const RunChange& change);
    void carryOut(const StepChange& change);
    void carryOut(const AttemptEnd& change);
    void carryOut(const WaitsChange& change);
    void carryOut(const Collect& change);
    void carryOut(const Wake& change);
    void carryOut(const PluginSet& set);

    void admit(const NewRun& fresh);
    void insertStep(RunId run, const StepRecord& step);
    void insertWait(RunId run, const Wait& wait);

    OnceKeys once_;
    FlowWriter flow_;
    Timestamp newest_{};  // the latest moment that a change spoke of: the store has no clock
    Statement insertEvent_;
    Statement insertRun_;
    Statement insertStep_;
    Statement insertAttempt_;
    Statement insertPluginSet_;
    Statement insertWait_;
    Statement insertRunEvent_;
    Statement copyRunEvents_;
    Statement updateRun_;
    Statement updateStep_;
    Statement deleteWaits_;
    Statement collect_;
    Statement replaceEvent_;
    Statement wake_;
    Statement runState_;
};

}  // namespace stepd::store
