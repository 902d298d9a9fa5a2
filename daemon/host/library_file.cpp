#include "host/library_file.h"

#include <Poco/DigestEngine.h>
#include <Poco/SHA2Engine.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace stepd::host {
namespace {

std::optional<std::string> ownerProblem(const struct stat& status, const std::string& path) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return path + " belongs to user " + std::to_string(status.st_uid) + ", neither root nor us";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return path + " can be written by others than its owner";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> sha256Of(const FileDescriptor& file) {
    Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
    std::array<char, 65536> buffer{};
    for (off_t at = 0;;) {
        const auto n = ::pread(file.get(), buffer.data(), buffer.size(), at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return std::nullopt;
        if (n == 0) return Poco::DigestEngine::digestToHex(engine.digest());
        engine.update(buffer.data(), static_cast<std::size_t>(n));
        at += n;
    }
}

Result<FileDescriptor, LibraryProblem> openLibrary(const std::string& path, const std::string& sha256,
                                                   OwnerCheck check) {
    using Opened = Result<FileDescriptor, LibraryProblem>;
    const auto refused = [](std::string why) {
        return Opened::failure({LibraryProblem::Kind::Refused, std::move(why)});
    };
    const auto unreachable = [](const std::string& doing) {
        return Opened::failure({LibraryProblem::Kind::Unreachable, doing + ": " + std::strerror(errno)});
    };
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.valid())
        return errno == ELOOP ? refused(path + " is a symbolic link") : unreachable("cannot open " + path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return unreachable("cannot look at " + path);
    if (!S_ISREG(status.st_mode)) return refused(path + " is not a file");
    if (check == OwnerCheck::Required) {
        if (const auto problem = ownerProblem(status, path)) return refused(*problem);
        const auto folder = std::filesystem::absolute(path).parent_path().string();
        if (::stat(folder.c_str(), &status) != 0) return unreachable("cannot look at " + folder);
        if (const auto problem = ownerProblem(status, folder)) return refused(*problem);
    }
    if (sha256.empty()) return file;
    const auto digest = sha256Of(file);
    if (!digest) return unreachable("cannot read " + path);
    if (*digest != sha256) return refused(path + " has not the SHA-256 that the configuration names");
    return file;
}

}  // namespace stepd::host
