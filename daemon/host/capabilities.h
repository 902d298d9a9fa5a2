#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/messages.h"

namespace stepd::host {

/// What a step asks for, in its own words (`capabilities` of stepd_step_v1). It asks; the operator grants.
struct Capabilities {
    std::vector<std::string> net;    ///< hosts, with `*` and ports
    std::vector<std::string> read;   ///< paths, as they stand: relative ones are below the worker's directory
    std::vector<std::string> write;  ///< likewise
    bool exec = false;
    std::vector<std::string> secrets;
    std::optional<bool> idempotent;  ///< absent: it does not say
};

/// Reads what `step` asks for and puts options in for `${options.NAME}`: from `options`, the plugin's JSON object, else
/// the default that the schema of the configuration has; of an option without a value nothing is asked. Keys that are
/// not known are passed over, as a later minor of the ABI may have them. Absent if the step does not say; the failure
/// is one sentence on what cannot be read.
Result<std::optional<Capabilities>, std::string> readCapabilities(const StepDescription& step,
                                                                  std::string_view options = "{}");

}  // namespace stepd::host
