#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/run.h"
#include "torture/findings.h"

namespace stepd::torture {

/// A line of the file of effects: the plugin really did this.
struct Execution {
    RunId run;
    std::string step;
    std::int32_t attempt = 0;
    std::string key;  ///< its idempotency key

    /// Absent unless it is `RUN STEP ATTEMPT KEY`.
    static std::optional<Execution> parse(const std::string& line);
};

/// All that is known of one run that should have ended.
struct RunEvidence {
    Run run;
    std::vector<StepRecord> steps;
    std::vector<AttemptRecord> attempts;
    std::vector<Execution> executions;  ///< in the order in which they happened
};

/// How often what was seen.
struct Tally {
    std::size_t events = 0;
    std::size_t runs = 0;
    std::size_t steps = 0;
    std::size_t executions = 0;
    std::size_t executedAgain = 0;  ///< executions but the first of each step
    std::map<OutcomeClass, std::size_t> attempts;
};

/// Holds what the disk says of a run's steps against what the plugin did:
/// - attempts are numbered from 1 without a gap, all have ended, and none was recorded after the one that succeeded;
/// - a completed step has exactly one attempt that succeeded, and that one was really executed;
/// - nothing was executed that was not recorded before, nor twice, nor after the step's result was recorded, nor out of
///   order, nor under another idempotency key;
/// - crashes and lost attempts are counted as such, and there are no outcomes but those that the steps and the kills
///   explain.
void checkRun(const RunEvidence& evidence, Findings& findings, Tally& tally);

}  // namespace stepd::torture
