#include "base/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace stepd {
namespace {

void writeAll(const FileDescriptor& file, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto n = ::write(file.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throwErrno(errno, "cannot write " + path);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void sync(int fd, const std::string& path) {
    if (::fsync(fd) != 0) throwErrno(errno, "cannot sync " + path);
}

}  // namespace

std::optional<std::string> readWholeFile(const std::string& path, std::size_t most) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::string bytes(most + 1, '\0');
    for (std::size_t have = 0;;) {
        const auto n = ::read(file.get(), bytes.data() + have, bytes.size() - have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return std::nullopt;
        have += static_cast<std::size_t>(n);
        if (have > most) return std::nullopt;
        if (n > 0) continue;
        bytes.resize(have);
        return bytes;
    }
}

void replaceFile(const std::string& path, std::string_view bytes, unsigned mode, FileSync how) {
    std::string temporary = path + ".XXXXXX";
    const FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.valid()) throwErrno(errno, "cannot make " + temporary);
    try {
        writeAll(file, bytes, temporary);
        if (::fchmod(file.get(), mode) != 0) throwErrno(errno, "cannot set the mode of " + temporary);
        if (how == FileSync::Disk) sync(file.get(), temporary);
        if (::rename(temporary.c_str(), path.c_str()) != 0) throwErrno(errno, "cannot replace " + path);
    } catch (const Error&) {
        ::unlink(temporary.c_str());
        throw;
    }
    if (how == FileSync::None) return;
    const std::string folder = std::filesystem::absolute(path).parent_path().string();
    const FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) throwErrno(errno, "cannot open " + folder);
    sync(directory.get(), folder);
}

}  // namespace stepd
