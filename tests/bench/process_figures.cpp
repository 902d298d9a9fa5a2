#include "process_figures.h"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

namespace stepd::bench {
namespace {

namespace fs = std::filesystem;

/// The number behind `name:` in a file of lines like `VmRSS:   123 kB`.
std::int64_t field(const fs::path& file, const std::string& name) {
    std::ifstream in(file);
    for (std::string word; in >> word;) {
        std::int64_t value = 0;
        if (word == name + ":" && in >> value) return value;
        in.clear();
        in.ignore(4096, '\n');
    }
    return 0;
}

double seconds(clockid_t clock) {
    timespec time{};
    if (::clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

ProcessFigures figuresOf(pid_t pid) {
    const fs::path folder = fs::path("/proc") / std::to_string(pid);
    return {.rss = field(folder / "status", "VmRSS") * 1024,
            .peakRss = field(folder / "status", "VmHWM") * 1024,
            .pss = field(folder / "smaps_rollup", "Pss") * 1024,
            .written = field(folder / "io", "wchar")};
}

double cpuSecondsOf(pid_t pid) {
    clockid_t clock{};
    return ::clock_getcpuclockid(pid, &clock) == 0 ? seconds(clock) : 0;
}

double ownCpuSeconds() {
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

std::vector<pid_t> childrenOf(pid_t pid) {
    std::vector<pid_t> found;
    std::error_code gone;
    for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
        std::ifstream children(task.path() / "children");
        for (pid_t child = 0; children >> child;) found.push_back(child);
    }
    return found;
}

}  // namespace stepd::bench
