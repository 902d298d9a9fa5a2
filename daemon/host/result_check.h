#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "host/messages.h"
#include "host/secret_set.h"
#include "model/outcome.h"

namespace stepd::host {

/// What the daemon takes from a worker's result: a class that a plugin may report, output and details that are JSON
/// within the limits (else class Bug), no secret. `violation` is a sentence if no worker of ours sends it: a worker
/// keeps texts short, in UTF-8, and the output within `maxOutputBytes`.
struct CheckedResult {
    StepResult result;
    std::string violation;
};
CheckedResult checkResult(ResultMessage message, std::uint64_t maxOutputBytes, const SecretSet& secrets);

/// One sentence about a schema that is not JSON, or about capabilities that cannot be read; empty if there is none.
std::string descriptionProblem(const PluginDescription& description);

/// A result that the host gives itself.
StepResult failure(OutcomeClass outcome, std::string code, std::string message);
/// Of a call that had its time. `more` is added to the sentence.
StepResult timedOut(Duration timeout, std::string code, const std::string& more);
/// Of a call that ended otherwise than well after its sandbox had refused something. `end` may be empty.
StepResult deniedResult(const std::string& refusal, const std::string& end);

}  // namespace stepd::host
