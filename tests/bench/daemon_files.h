#pragma once

#include <cstdint>
#include <string>

namespace stepd::bench {

enum class Isolation { Process, Inproc };

/// The daemon that is measured: what its configuration says beyond the defaults.
struct DaemonSetup {
    Isolation isolation = Isolation::Process;
    int workers = 1;    ///< processes for the trivial step
    int threads = 256;  ///< calls at once in each
    std::string extra;  ///< lines at the end of stepd.yaml
};

/// Of the only event key.
inline const std::string kEventKey = "0123456789abcdef0123456789abcdef";

/// Writes stepd.yaml and the pipelines w4, w1, p, held and aged into a directory.
void writeDaemonFiles(const std::string& directory, std::uint16_t port, const DaemonSetup& setup);
/// Writes the pipeline aged anew: w1 with a retention of its own, such as `30d`. Counts from the next reload on.
void writeAged(const std::string& directory, const std::string& retention);

}  // namespace stepd::bench
