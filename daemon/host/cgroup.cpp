#include "host/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace stepd::host {
namespace {

namespace fs = std::filesystem;
using Found = Result<std::string, std::string>;

/// 0, or the error number.
int put(const std::string& file, const std::string& text) {
    const FileDescriptor out(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!out.valid()) return errno;
    return ::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

std::string textOf(const std::string& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Of a flat keyed file: lines of a name and a number.
std::uint64_t counterIn(const std::string& text, const std::string& key) {
    std::istringstream lines(text);
    std::string name;
    for (std::uint64_t value = 0; lines >> name >> value;)
        if (name == key) return value;
    return 0;
}

/// Where the tree of version 2 is mounted (proc(5), mountinfo: the type follows a lone dash).
std::string mountOfTree() {
    std::istringstream lines(textOf("/proc/self/mountinfo"));
    for (std::string line; std::getline(lines, line);) {
        if (line.find(" - cgroup2 ") == std::string::npos) continue;
        std::istringstream words(line);
        std::string skipped, place;
        for (int i = 0; i < 4; ++i) words >> skipped;
        words >> place;
        return place;
    }
    return {};
}

/// `/system.slice/stepd.service`; the root is `/`.
std::string ownPath() {
    std::istringstream lines(textOf("/proc/self/cgroup"));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("0::")) return line.substr(3);
    return {};
}

}  // namespace

Found delegatedGroup() {
    const std::string tree = mountOfTree(), own = ownPath();
    if (tree.empty() || own.empty()) return Found::failure("there is no control group tree of version 2");
    if (own == "/") return Found::failure("stepd runs in the root of the control groups");
    std::string group = tree + own;
    // What systemd writes for Delegate=yes (org.freedesktop.systemd1, "Control Group Delegation").
    std::array<char, 8> value{};
    if (::getxattr(group.c_str(), "user.delegate", value.data(), value.size()) != 1 || value[0] != '1')
        return Found::failure(group + " is not delegated to stepd: set Delegate=memory pids in its unit");
    if (::access((group + "/cgroup.procs").c_str(), W_OK) != 0)
        return Found::failure(group + " cannot be written: set ProtectControlGroups=no in its unit");
    return group;
}

std::string settle(const std::string& group) {
    const std::string leaf = group + "/daemon";
    const auto failed = [](const std::string& doing, int error) { return doing + ": " + std::strerror(error); };
    if (::mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) return failed("cannot make " + leaf, errno);
    if (const int error = put(leaf + "/cgroup.procs", std::to_string(::getpid())); error != 0)
        return failed("cannot move to " + leaf, error);
    std::string wanted;
    std::istringstream there(textOf(group + "/cgroup.controllers"));
    for (std::string name; there >> name;)
        if (name == "memory" || name == "pids") wanted += (wanted.empty() ? "+" : " +") + name;
    if (wanted.empty()) return group + " has neither the memory nor the pids controller";
    if (const int error = put(group + "/cgroup.subtree_control", wanted); error != 0)
        return failed("cannot switch on " + wanted + " below " + group, error);
    return {};
}

WorkerGroup::WorkerGroup(const std::string& home, const std::string& name, const PluginLimits& limits)
    : path_(home + "/" + name) {
    // Those of workers whose last processes were still dying when they left.
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(home, ignored))
        if (entry.path().filename().string().starts_with("worker-")) ::rmdir(entry.path().c_str());
    if (::mkdir(path_.c_str(), 0755) != 0 && errno != EEXIST)
        throwErrno(errno, "cannot make the control group " + path_);
    if (limits.memoryBytes != 0) {
        limitsMemory_ = put(path_ + "/memory.max", std::to_string(limits.memoryBytes)) == 0;
        put(path_ + "/memory.swap.max", "0");
        put(path_ + "/memory.oom.group", "1");
    }
    if (limits.threads != 0) limitsThreads_ = put(path_ + "/pids.max", std::to_string(limits.threads)) == 0;
}

WorkerGroup::~WorkerGroup() {
    kill();
    ::rmdir(path_.c_str());  // else by a later one
}

void WorkerGroup::add(pid_t process) const {
    if (const int error = put(path_ + "/cgroup.procs", std::to_string(process)); error != 0)
        throwErrno(error, "cannot put a worker into " + path_);
}

bool WorkerGroup::kill() const {
    return put(path_ + "/cgroup.kill", "1") == 0;
}

bool WorkerGroup::oomKilled() const {
    return counterIn(textOf(path_ + "/memory.events"), "oom_kill") != 0;
}

}  // namespace stepd::host
