#include "app/resources.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/file_descriptor.h"

namespace stepd::app {

std::uint64_t residentBytes() {
    static const FileDescriptor statm(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::array<char, 128> text{};
    const ssize_t got = ::pread(statm.get(), text.data(), text.size() - 1, 0);
    if (got <= 0) return 0;
    char* end = nullptr;
    std::strtoull(text.data(), &end, 10);  // the size comes first, then what is resident
    return std::strtoull(end, nullptr, 10) * page;
}

std::optional<std::uint64_t> freeBytes(const std::string& path) {
    struct ::statvfs space {};
    if (::statvfs(path.c_str(), &space) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
}

std::optional<std::uint64_t> memoryLimit() {
    namespace fs = std::filesystem;
    const fs::path root = "/sys/fs/cgroup";
    std::ifstream groups("/proc/self/cgroup");
    std::optional<std::uint64_t> least;
    for (std::string line; std::getline(groups, line);) {
        if (!line.starts_with("0::/")) continue;
        for (fs::path group = root / line.substr(4); group != root; group = group.parent_path()) {
            std::string word;
            std::ifstream(group / "memory.max") >> word;
            const std::uint64_t limit = std::strtoull(word.c_str(), nullptr, 10);  // `max` is 0
            if (limit > 0) least = std::min(limit, least.value_or(limit));
        }
    }
    return least;
}

}  // namespace stepd::app
