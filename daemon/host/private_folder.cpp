#include "host/private_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"

namespace stepd::host {
namespace {

constexpr std::string_view kPrefix = "stepd-worker-";

FileDescriptor openFolder(int at, const char* name) {
    return FileDescriptor(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// An open folder's entries but `.` and `..`.
std::vector<std::string> entriesOf(const FileDescriptor& folder) {
    struct Close {
        void operator()(DIR* stream) const { ::closedir(stream); }
    };
    const std::unique_ptr<DIR, Close> stream(::fdopendir(openFolder(folder.get(), ".").release()));
    std::vector<std::string> names;
    if (!stream) return names;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") names.emplace_back(name);
    }
    return names;
}

/// A folder on the way down, and those of its entries that are still to be removed.
struct Level {
    std::string name;
    std::vector<std::string> left;
};

}  // namespace

bool removeFolder(const std::string& path) {
    ::chmod(path.c_str(), 0700);
    FileDescriptor at = openFolder(AT_FDCWD, path.c_str());
    if (!at.valid()) return errno == ENOENT;
    // One descriptor, whatever the depth: up goes by `..`, which nobody changes any more.
    std::vector<Level> levels{{"", entriesOf(at)}};
    while (!levels.empty()) {
        auto& [name, left] = levels.back();
        if (left.empty()) {
            const std::string emptied = std::move(name);
            levels.pop_back();
            if (levels.empty()) break;
            at = openFolder(at.get(), "..");
            if (!at.valid() || ::unlinkat(at.get(), emptied.c_str(), AT_REMOVEDIR) != 0) return false;
            continue;
        }
        std::string entry = std::move(left.back());
        left.pop_back();
        if (::unlinkat(at.get(), entry.c_str(), 0) == 0) continue;
        if (::unlinkat(at.get(), entry.c_str(), AT_REMOVEDIR) == 0) continue;
        ::fchmodat(at.get(), entry.c_str(), 0700, 0);
        at = openFolder(at.get(), entry.c_str());
        if (!at.valid()) return false;
        levels.push_back({std::move(entry), entriesOf(at)});
    }
    return ::rmdir(path.c_str()) == 0;
}

PrivateFolder::PrivateFolder(const std::string& parent) {
    if (!parent.empty() && makeIn(parent)) return;
    const std::string common = std::filesystem::temp_directory_path().string();
    if (!makeIn(common)) throwErrno(errno, "cannot make a temporary directory in " + common);
}

bool PrivateFolder::makeIn(const std::string& parent) {
    for (;;) {
        std::string path = parent + "/" + std::string(kPrefix) + "XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) return false;
        FileDescriptor folder = openFolder(AT_FDCWD, path.c_str());
        // A sweep may have taken it before it was locked.
        if (!folder.valid() || ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;
        path_ = std::filesystem::absolute(path).string();
        lock_ = std::move(folder);
        return true;
    }
}

PrivateFolder::~PrivateFolder() {
    if (::rmdir(path_.c_str()) == 0) return;
    std::thread([path = std::move(path_), lock = std::move(lock_)] { removeFolder(path); }).detach();
}

void sweepPrivateFolders(const std::string& parent) {
    std::thread([parent] {
        const FileDescriptor folder = openFolder(AT_FDCWD, parent.c_str());
        if (!folder.valid()) return;
        for (const auto& name : entriesOf(folder)) {
            if (!name.starts_with(kPrefix)) continue;
            const FileDescriptor left = openFolder(folder.get(), name.c_str());
            if (left.valid() && ::flock(left.get(), LOCK_EX | LOCK_NB) == 0) removeFolder(parent + "/" + name);
        }
    }).detach();
}

}  // namespace stepd::host
