#pragma once

#include <cstddef>
#include <cstdint>

#include "host/messages.h"
#include "model/outcome.h"
#include "model/plugin_rules.h"

namespace stepd::host {

/// What one call uses. What goes through the host's hands it counts itself; of processor time and memory it takes the
/// worker's word, within the bounds of what can be. Confined to the loop's thread.
class CallMeter {
public:
    /// To the step: input, options, a secret, the body of an answer.
    void gave(std::size_t bytes) { counted_.bytesIn += bytes; }
    /// From the step: output, the body of a request.
    void got(std::size_t bytes) { counted_.bytesOut += bytes; }
    /// Services of the host that it asked for. False once these are more than `limits` allow.
    bool asked(std::size_t times, const PluginLimits& limits);

    /// `elapsed` since the call was sent: no more processor time can have been used than all processors have in it.
    Receipt receipt(const Usage& measured, Duration elapsed) const;

private:
    Receipt counted_;
};

/// How calls end that use more than they may.
StepResult tooManyHostCalls(const PluginLimits& limits);
StepResult tooMuchCpu(const PluginLimits& limits);

}  // namespace stepd::host
