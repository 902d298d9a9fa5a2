#include "host/library_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>

#include "base/sha256.h"
#include "host/build_id.h"

namespace stepd::host {
namespace {

std::optional<std::string> ownerProblem(const struct stat& status, const std::string& path) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return path + " belongs to user " + std::to_string(status.st_uid) + ", neither root nor us";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return path + " can be written by others than its owner";
    return std::nullopt;
}

/// Of the folders that lead to a file, each as it is written and as it is once links are followed: whoever may write to
/// one may put another file in its place. In a sticky folder such as /tmp everybody may only replace what is his.
std::optional<std::string> wayProblem(const std::filesystem::path& file) {
    namespace fs = std::filesystem;
    constexpr std::size_t kMostLinks = 40;
    std::deque<fs::path> rest(file.begin(), file.end());
    fs::path at;
    for (std::size_t links = 0; rest.size() > 1;) {  // the last one was opened
        const fs::path name = std::move(rest.front());
        rest.pop_front();
        if (name == "..") at = at.parent_path();
        const fs::path next = name == ".." || name == "." ? at : at / name;
        struct stat status {};
        if (::lstat(next.c_str(), &status) != 0) return "cannot look at " + next.string() + ": " + std::strerror(errno);
        if (S_ISLNK(status.st_mode)) {
            std::error_code error;
            const fs::path target = fs::read_symlink(next, error);
            if (error || ++links > kMostLinks) return "cannot follow " + next.string();
            if (status.st_uid != 0 && status.st_uid != ::geteuid())
                return next.string() + " belongs to user " + std::to_string(status.st_uid) + ", neither root nor us";
            rest.insert(rest.begin(), target.begin(), target.end());
            if (target.is_absolute()) at.clear();
            continue;
        }
        at = next;
        const bool nearest = rest.size() == 1;
        if (!nearest && (status.st_mode & S_ISVTX) != 0 && status.st_uid == 0) continue;
        if (auto problem = ownerProblem(status, at.string())) return problem;
    }
    return std::nullopt;
}

std::int64_t nanos(const struct timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileStamp stampOf(const struct stat& status) {
    return {.device = status.st_dev,
            .inode = status.st_ino,
            .size = static_cast<std::uint64_t>(status.st_size),
            .modifiedNs = nanos(status.st_mtim),
            .changedNs = nanos(status.st_ctim)};
}

}  // namespace

std::optional<std::string> sha256Of(const FileDescriptor& file) {
    Sha256 sum;
    std::array<char, 65536> buffer{};
    for (off_t at = 0;;) {
        const auto n = ::pread(file.get(), buffer.data(), buffer.size(), at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return std::nullopt;
        if (n == 0) return sum.hex();
        sum.update({buffer.data(), static_cast<std::size_t>(n)});
        at += n;
    }
}

Result<LibraryPtr, std::string> openLibrary(const std::string& path, const std::string& sha256, OwnerCheck check) {
    using Opened = Result<LibraryPtr, std::string>;
    const auto unreachable = [](const std::string& doing) {
        return Opened::failure(doing + ": " + std::strerror(errno));
    };
    auto library = std::make_shared<Library>();
    library->path = path;
    library->check = check;
    library->file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!library->file.valid())
        return errno == ELOOP ? Opened::failure(path + " is a symbolic link") : unreachable("cannot open " + path);
    struct stat status {};
    if (::fstat(library->file.get(), &status) != 0) return unreachable("cannot look at " + path);
    if (!S_ISREG(status.st_mode)) return Opened::failure(path + " is not a file");
    library->stamp = stampOf(status);
    if (check == OwnerCheck::Required) {
        if (const auto problem = ownerProblem(status, path)) return Opened::failure(*problem);
        if (const auto problem = wayProblem(std::filesystem::absolute(path))) return Opened::failure(*problem);
    }
    const auto digest = sha256Of(library->file);
    if (!digest) return unreachable("cannot read " + path);
    if (!sha256.empty() && *digest != sha256)
        return Opened::failure(path + " has not the SHA-256 that the configuration names");
    library->sha256 = *digest;
    library->build = buildIdOf(library->file);
    return LibraryPtr(std::move(library));
}

std::optional<std::string> problemOf(const Library& library) {
    struct stat status {};
    if (::fstat(library.file.get(), &status) != 0) return "cannot look at " + library.path;
    if (library.check == OwnerCheck::Required)
        if (auto problem = ownerProblem(status, library.path)) return problem;
    if (stampOf(status) == library.stamp || sha256Of(library.file) == library.sha256) return std::nullopt;
    return library.path + " was written to while it was loaded; install a new version by renaming it over the old one";
}

}  // namespace stepd::host
