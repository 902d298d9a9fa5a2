#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "host/invoker.h"
#include "host/plugin_spec.h"

namespace stepd::ctl {

/// How calls are put to a plugin: so many are always under way, each as large as `call.input`.
struct CallLoad {
    host::StepCall call;
    std::size_t inFlight = 1;
    Duration window = 1s;  ///< measured; a quarter of it goes before
};

struct CallFigures {
    double callsPerSecond = 0;
    double p50Us = 0, p99Us = 0;  ///< from invoke to finished
    double hostUs = 0;            ///< processor time a call
    double workerUs = 0;          ///< likewise, of the workers and what they have started
    std::uint64_t failed = 0;     ///< calls that did not end ok
    std::string failure;          ///< the first one's reason
};

/// Puts one load after the other to the plugin through a real supervisor, which is told of the next call in the moment
/// in which one ends, on its own thread. Requests are answered at once and empty, with status 200: the network is not
/// measured. Throws Refused if the plugin cannot be used.
std::vector<CallFigures> measureCalls(const host::HostOptions& options, const host::PluginSpec& spec,
                                      const std::vector<CallLoad>& loads);

}  // namespace stepd::ctl
