#include "holdings.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace stepd::misbehaving {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWorkerFolder = "/stepd-worker-";  // then a name of its own

/// `socket:[123]` is a `socket`.
std::string kindOf(const std::string& target) {
    if (const auto at = target.find(kWorkerFolder); at != std::string::npos) return "a worker's folder";
    const auto number = target.find(":[");
    const bool anonymous = target.starts_with("anon_inode");
    return number == std::string::npos || anonymous ? target : target.substr(0, number);
}

bool readProcess(const fs::path& folder, ProcessEntry& entry) {
    std::ifstream file(folder / "stat");
    std::string line;
    if (!std::getline(file, line, '\0')) return false;
    const auto open = line.find('('), close = line.rfind(')');  // the name may hold anything
    if (open == std::string::npos || close == std::string::npos) return false;
    entry.pid = static_cast<pid_t>(std::stol(line));
    entry.name = line.substr(open + 1, close - open - 1);
    std::istringstream rest(line.substr(close + 1));
    return static_cast<bool>(rest >> entry.state >> entry.parent);
}

std::vector<ProcessEntry> allProcesses() {
    std::vector<ProcessEntry> all;
    for (const auto& folder : fs::directory_iterator("/proc")) {
        const auto name = folder.path().filename().string();
        ProcessEntry entry;
        if (name.find_first_not_of("0123456789") == std::string::npos && readProcess(folder.path(), entry))
            all.push_back(std::move(entry));
    }
    return all;
}

/// A number of /proc/PID/status, such as `VmRSS:  1234 kB`.
std::uint64_t statusOf(pid_t pid, const std::string& field) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
        std::uint64_t number = 0;
        if (word == field && status >> number) return number;
    }
    throw std::runtime_error("the daemon has ended");
}

std::string describe(const ProcessEntry& process) {
    return "process " + std::to_string(process.pid) + " (" + process.name + ", state " + process.state + ", child of " +
           std::to_string(process.parent) + ")";
}

std::string counted(const std::string& what, std::uint64_t before, std::uint64_t now) {
    return what + ": " + std::to_string(now) + ", and " + std::to_string(before) + " before";
}

}  // namespace

std::vector<ProcessEntry> descendantsOf(pid_t root) {
    auto rest = allProcesses();
    std::vector<ProcessEntry> found;
    std::set<pid_t> parents{root};
    for (bool more = true; more;) {
        more = false;
        for (auto& process : rest) {
            if (process.pid == 0 || !parents.contains(process.parent)) continue;
            parents.insert(process.pid);
            found.push_back(process);
            process.pid = 0;
            more = true;
        }
    }
    return found;
}

Holdings Holdings::take(pid_t us, pid_t daemon, const std::string& stateDirectory) {
    Holdings now;
    std::error_code gone;  // what we look at changes under our eyes
    for (const auto& link : fs::directory_iterator("/proc/" + std::to_string(daemon) + "/fd", gone)) {
        const auto target = fs::read_symlink(link.path(), gone);
        if (!gone) ++now.descriptors[kindOf(target.string())];
    }
    now.threads = static_cast<int>(statusOf(daemon, "Threads:"));
    now.residentBytes = statusOf(daemon, "VmRSS:") * 1024;
    for (auto& process : descendantsOf(us))
        if (process.pid != daemon) now.processes.push_back(std::move(process));
    for (auto entry = fs::recursive_directory_iterator(stateDirectory, gone); !gone && entry != end(entry);
         entry.increment(gone)) {
        ++now.entries;  // what a worker has in its own folder goes with it
        if (entry->path().string().find(kWorkerFolder) != std::string::npos) entry.disable_recursion_pending();
    }
    return now;
}

std::vector<std::string> Holdings::excess(const Holdings& before, pid_t daemon, std::uint64_t growth) const {
    std::vector<std::string> found;
    const auto compare = [&](const std::string& what, std::uint64_t then, std::uint64_t now, std::uint64_t more) {
        if (now > then + more) found.push_back(counted(what, then, now));
    };
    for (const auto& [kind, count] : descriptors) {
        const auto known = before.descriptors.find(kind);
        const int then = known == before.descriptors.end() ? 0 : known->second;
        compare("descriptors of " + kind, static_cast<std::uint64_t>(then), static_cast<std::uint64_t>(count), 0);
    }
    compare("threads", static_cast<std::uint64_t>(before.threads), static_cast<std::uint64_t>(threads), 0);
    compare("processes", before.processes.size(), processes.size(), 0);
    compare("files of its state", before.entries, entries, 0);
    compare("resident bytes", before.residentBytes, residentBytes, growth);
    for (const auto& process : processes)
        if (process.state == 'Z' || process.parent != daemon) found.push_back(describe(process));
    return found;
}

}  // namespace stepd::misbehaving
