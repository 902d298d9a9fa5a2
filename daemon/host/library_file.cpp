#include "host/library_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
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
        const auto folder = std::filesystem::absolute(path).parent_path().string();
        if (::stat(folder.c_str(), &status) != 0) return unreachable("cannot look at " + folder);
        if (const auto problem = ownerProblem(status, folder)) return Opened::failure(*problem);
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
