#include "torture/process_sample.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace stepd::torture {
namespace {

namespace fs = std::filesystem;
constexpr double kMiB = 1024.0 * 1024.0;

/// A number of /proc/PID/status, such as `VmRSS:  1234 kB`. 0 if the process is gone.
double statusOf(pid_t pid, const std::string& field) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
        double number = 0;
        if (word == field && status >> number) return number;
    }
    return 0;
}

double mebibytes(const std::string& file) {
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    return error ? 0 : static_cast<double>(bytes) / kMiB;
}

}  // namespace

ProcessSample ProcessSample::take(pid_t daemon, const std::vector<pid_t>& workers, const std::string& database) {
    ProcessSample sample;
    sample.rssMiB = statusOf(daemon, "VmRSS:") / 1024;
    if (sample.rssMiB == 0) throw std::runtime_error("the daemon has ended");
    for (const pid_t worker : workers) sample.workersRssMiB += statusOf(worker, "VmRSS:") / 1024;
    const fs::directory_iterator descriptors("/proc/" + std::to_string(daemon) + "/fd");
    sample.descriptors = static_cast<double>(std::distance(begin(descriptors), end(descriptors)));
    sample.threads = statusOf(daemon, "Threads:");
    sample.walMiB = mebibytes(database + "-wal");
    sample.databaseMiB = mebibytes(database);
    return sample;
}

}  // namespace stepd::torture
