#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/daemon_process.h"

namespace stepd::test {

/// The lines that the steps of the plugin `effects` have added to `effects/lines.txt`: `STEP ATTEMPT KEY`.
std::vector<std::string> effects(const TemporaryDirectory& directory);
/// How many of them begin with `start`.
std::size_t countEffects(const TemporaryDirectory& directory, const std::string& start);

/// Writes a `stepd.yaml` with the plugin `effects` (two workers) and a pipeline `job`, started by the event
/// `job.asked`, with these steps (a YAML list, indented by two).
void writeJob(const TemporaryDirectory& directory, const std::string& steps, const std::string& more = {});

/// Sends `job.asked` and gives the id of its run.
std::string startJob(const DaemonProcess& daemon);

/// Runs stepctl as a shell would, without a terminal: its exit code, and all that it printed.
std::pair<int, std::string> stepctl(const std::string& arguments);
/// The options by which stepctl finds that daemon and its key.
std::string at(const DaemonProcess& daemon, const TemporaryDirectory& directory);
/// The exit code is `code`, and `part` was printed.
void expect(int code, const std::string& part, const std::pair<int, std::string>& got);

/// The step of a run as the API shows it.
Json stepOf(const Json& run, const std::string& id);

}  // namespace stepd::test
