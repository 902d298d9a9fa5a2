#include "host/build_shelf.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/whole_file.h"
#include "host/build_index.h"

namespace stepd::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = "/builds.json";
constexpr std::size_t kMostIndex = 4U << 20;

/// Why libraries in it could not be loaded, or not be trusted.
std::string problemWith(const std::string& directory) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return "cannot make " + directory + ": " + std::strerror(errno);
    struct stat status {};
    if (::lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return directory + " is no directory";
    if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return directory + " is not ours alone";
    struct statvfs system {};
    if (::statvfs(directory.c_str(), &system) != 0 || (system.f_flag & ST_NOEXEC) != 0)
        return directory + " lies on a file system that is mounted noexec";
    return {};
}

bool copyBytes(const FileDescriptor& from, const FileDescriptor& to) {
    std::array<char, 65536> buffer{};
    for (off_t at = 0;;) {
        const auto n = ::pread(from.get(), buffer.data(), buffer.size(), at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n == 0;
        if (::pwrite(to.get(), buffer.data(), static_cast<std::size_t>(n), at) != n) return false;
        at += n;
    }
}

}  // namespace

BuildShelf::BuildShelf(std::string directory) : directory_(std::move(directory)) {
    if (directory_.empty()) return;
    problem_ = problemWith(directory_);
    if (!problem_.empty()) {
        directory_.clear();
        return;
    }
    const MutexLock lock(mutex_);
    load();
}

LibraryPtr BuildShelf::openCopy(const std::string& sha256) const {
    auto copy = openLibrary(pathOf(sha256), sha256, OwnerCheck::Required);
    return copy ? std::move(*copy) : nullptr;
}

LibraryPtr BuildShelf::keep(const LibraryPtr& library) {
    if (directory_.empty()) return library;
    if (auto known = openCopy(library->sha256)) return known;
    std::string temporary = pathOf(library->sha256) + ".XXXXXX";
    const FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    // What was copied is read back: it counts only under the name of its digest.
    const bool copied = file.valid() && copyBytes(library->file, file) && ::fchmod(file.get(), 0400) == 0 &&
                        ::rename(temporary.c_str(), pathOf(library->sha256).c_str()) == 0;
    if (file.valid() && !copied) ::unlink(temporary.c_str());
    auto copy = openCopy(library->sha256);
    return copy ? copy : library;
}

void BuildShelf::use(const std::string& plugin, const LibraryPtr& library, const BuildName& name, Timestamp now) {
    const MutexLock lock(mutex_);
    Entries& entries = plugins_[plugin];
    const auto same = std::find_if(entries.begin(), entries.end(),
                                   [&](const Entry& entry) { return entry.build.name.sha256 == name.sha256; });
    if (same != entries.end()) entries.erase(same);
    entries.push_front({{.name = name, .since = now}, library});
    if (entries.size() > kBuilds) entries.pop_back();
    // Another plugin's turn may have thrown the copy away before anybody referred to it.
    if (!directory_.empty() && !fs::exists(pathOf(name.sha256))) keep(library);
    save();
    prune();
}

void BuildShelf::holdBack(const std::string& plugin, const std::string& sha256) {
    const MutexLock lock(mutex_);
    const auto found = plugins_.find(plugin);
    if (found == plugins_.end()) return;
    for (Entry& entry : found->second)
        if (entry.build.name.sha256 == sha256) entry.build.heldBack = true;
    save();
}

bool BuildShelf::isHeldBack(const std::string& plugin, const std::string& sha256) const {
    const auto all = builds(plugin);
    return std::any_of(all.begin(), all.end(),
                       [&](const KeptBuild& build) { return build.name.sha256 == sha256 && build.heldBack; });
}

void BuildShelf::retain(const std::set<std::string>& plugins) {
    const MutexLock lock(mutex_);
    if (std::erase_if(plugins_, [&](const auto& entry) { return !plugins.contains(entry.first); }) == 0) return;
    save();
    prune();
}

std::vector<KeptBuild> BuildShelf::builds(const std::string& plugin) const {
    const MutexLock lock(mutex_);
    std::vector<KeptBuild> all;
    if (const auto found = plugins_.find(plugin); found != plugins_.end())
        for (const Entry& entry : found->second) all.push_back(entry.build);
    return all;
}

LibraryPtr BuildShelf::take(const std::string& plugin, const std::string& sha256) {
    const MutexLock lock(mutex_);
    const auto found = plugins_.find(plugin);
    if (found == plugins_.end()) return nullptr;
    for (Entry& entry : found->second) {
        if (entry.build.name.sha256 != sha256) continue;
        if (!entry.library && !directory_.empty()) entry.library = openCopy(sha256);
        return entry.library && !problemOf(*entry.library) ? entry.library : nullptr;
    }
    return nullptr;
}

void BuildShelf::load() {
    std::error_code error;
    for (const auto& file : fs::directory_iterator(directory_, error)) {  // what a crash left half written
        const std::string name = file.path().filename().string();
        if (name.find(".so.") != name.npos || name.starts_with("builds.json.")) fs::remove(file.path(), error);
    }
    for (auto& [plugin, builds] : readBuildIndex(readWholeFile(directory_ + kIndex, kMostIndex).value_or("")))
        for (KeptBuild& build : builds) plugins_[plugin].push_back({std::move(build), nullptr});
}

void BuildShelf::save() const {
    if (directory_.empty()) return;
    BuildIndex index;
    for (const auto& [plugin, entries] : plugins_)
        for (const Entry& entry : entries) index[plugin].push_back(entry.build);
    try {
        replaceFile(directory_ + kIndex, writeBuildIndex(index), 0600, FileSync::None);
    } catch (const Error&) {  // a full disk: what is in memory goes on, a restart knows less
    }
}

void BuildShelf::prune() const {
    if (directory_.empty()) return;
    std::set<std::string> wanted;
    for (const auto& [plugin, entries] : plugins_)
        for (const Entry& entry : entries) wanted.insert(entry.build.name.sha256 + ".so");
    std::error_code error;
    for (const auto& file : fs::directory_iterator(directory_, error))
        if (file.path().extension() == ".so" && !wanted.contains(file.path().filename().string()))
            fs::remove(file.path(), error);
}

}  // namespace stepd::host
