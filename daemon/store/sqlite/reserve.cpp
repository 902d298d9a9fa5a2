#include "store/sqlite/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace stepd::store {
namespace {

[[noreturn]] void fail(int reason, const std::string& doing) {
    throw Error(ErrorCode::StoreIo, doing + ": " + std::generic_category().message(reason));
}

FileDescriptor openFile(const std::string& path) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file.valid()) fail(errno, "opening " + path);
    return file;
}

void resize(const FileDescriptor& file, std::int64_t bytes, const std::string& path) {
    if (::ftruncate(file.get(), bytes) != 0) fail(errno, "changing the size of " + path);
}

}  // namespace

ReserveFile::ReserveFile(std::string path, std::int64_t bytes) : path_(std::move(path)), bytes_(bytes) {}

bool ReserveFile::fill() {
    if (held_) return true;
    const FileDescriptor file = openFile(path_);
    struct stat found {};
    if (::fstat(file.get(), &found) != 0) fail(errno, "looking at " + path_);
    if (found.st_size == bytes_) return held_ = true;  // of an earlier process
    resize(file, 0, path_);
    const int reason = ::posix_fallocate(file.get(), 0, 2 * bytes_);
    const bool enough = reason == 0;
    if (!enough && reason != ENOSPC && reason != EDQUOT) {
        resize(file, 0, path_);
        fail(reason, "setting space aside in " + path_);
    }
    resize(file, enough ? bytes_ : 0, path_);
    return held_ = enough;
}

bool ReserveFile::release() {
    if (!held_) return false;
    held_ = false;
    resize(openFile(path_), 0, path_);
    return true;
}

}  // namespace stepd::store
