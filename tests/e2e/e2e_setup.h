#pragma once

#include <string>
#include <vector>

#include "support/daemon_process.h"

namespace stepd::test {

/// The lines that the steps of the plugin `effects` have added to `effects.txt`: `STEP ATTEMPT KEY`.
std::vector<std::string> effects(const TemporaryDirectory& directory);
/// How many of them begin with `start`.
std::size_t countEffects(const TemporaryDirectory& directory, const std::string& start);

/// Writes a `stepd.yaml` with the plugin `effects` (two workers) and a pipeline `job`, started by the event
/// `job.asked`, with these steps (a YAML list, indented by two).
void writeJob(const TemporaryDirectory& directory, const std::string& steps, const std::string& more = {});

/// Sends `job.asked` and gives the id of its run.
std::string startJob(const DaemonProcess& daemon);

/// The step of a run as the API shows it.
Json stepOf(const Json& run, const std::string& id);

}  // namespace stepd::test
