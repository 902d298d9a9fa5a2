#include "ctl/process_use.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace stepd::ctl {
namespace {

namespace fs = std::filesystem;

std::uint64_t numberAfter(const std::string& line) {
    return std::strtoull(line.c_str() + line.find(':') + 1, nullptr, 10);
}

std::string firstLine(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

}  // namespace

std::optional<ProcessUse> useOf(pid_t pid) {
    const fs::path proc = "/proc/" + std::to_string(pid);
    ProcessUse use;
    std::ifstream status(proc / "status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) use.residentBytes = numberAfter(line) << 10;
        if (line.starts_with("FDSize:")) use.descriptors = numberAfter(line);
        if (line.starts_with("Threads:")) use.threads = numberAfter(line);
    }
    if (use.threads == 0) return std::nullopt;
    std::error_code forbidden;
    if (const fs::directory_iterator open(proc / "fd", forbidden); !forbidden) {
        use.descriptors = 0;
        for ([[maybe_unused]] const auto& entry : open) ++use.descriptors;
    }
    return use;
}

std::optional<pid_t> workerChild() {
    std::optional<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const std::string stat = firstLine(entry.path() / "stat");  // proc(5): pid (name) state ppid
        const auto end = stat.rfind(')');
        if (end == std::string::npos || stat.size() < end + 5 || stat.find("(stepd-worker)") == std::string::npos)
            continue;
        if (std::strtol(stat.c_str() + end + 4, nullptr, 10) != ::getpid()) continue;
        if (found) return std::nullopt;
        found = static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10));
    }
    return found;
}

}  // namespace stepd::ctl
