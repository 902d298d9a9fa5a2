#include "result_saver/output_directory.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>

namespace stepd::result_saver {
namespace {

constexpr int kMostNames = 99;
constexpr std::size_t kMostDifference = 64;  // two save times differ by a few digits at most

/// A file that is removed again unless it was published.
class Temporary {
public:
    Temporary(int directory, std::string name) : directory_(directory), name_(std::move(name)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!name_.empty()) ::unlinkat(directory_, name_.c_str(), 0);
    }
    void keep() { name_.clear(); }

private:
    int directory_;
    std::string name_;
};

void makeDirectories(const std::filesystem::path& path, mode_t mode) {
    std::filesystem::path made;
    for (const auto& part : path) {
        made /= part;
        if (::mkdir(made.c_str(), mode) == 0) {
            // The umask may have taken bits; by path the sandbox refuses it.
            const Descriptor folder(::open(made.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (folder) ::fchmod(folder.get(), mode);
        } else if (errno != EEXIST && errno != EISDIR && errno != EROFS && errno != EACCES)
            throwErrno(made.string());
    }
}

std::string randomHex() {
    std::array<unsigned char, 8> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) throwErrno("getrandom");
    std::array<char, 3> hex{};
    std::string out;
    for (const unsigned char byte : bytes) {
        std::snprintf(hex.data(), hex.size(), "%02x", byte);
        out += hex.data();
    }
    return out;
}

void writeAll(int fd, std::string_view text, const std::string& name) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count > 0)
            text.remove_prefix(static_cast<std::size_t>(count));
        else if (count < 0 && errno != EINTR)
            throwErrno(name);
    }
}

}  // namespace

OutputDirectory::OutputDirectory(const std::string& path, mode_t dirMode) {
    makeDirectories(path, dirMode);
    directory_ = Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory_) throwErrno(path);
}

std::string OutputDirectory::writeTemporary(const std::string& stem, const std::string& text,
                                            const WriteOptions& options) const {
    const std::string name = "." + stem + "." + randomHex() + ".tmp";
    const Descriptor file(
        ::openat(directory_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) throwErrno(name);
    Temporary temporary(directory_.get(), name);
    writeAll(file.get(), text, name);
    if (::fchmod(file.get(), options.fileMode) != 0) throwErrno(name);
    if (options.fsync && ::fsync(file.get()) != 0) throwErrno(name);
    temporary.keep();
    return name;
}

bool OutputDirectory::renameTo(const std::string& temporary, const std::string& name) const {
    const int directory = directory_.get();
    if (::renameat2(directory, temporary.c_str(), directory, name.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno == EEXIST) return false;
    if (errno != EINVAL && errno != ENOSYS) throwErrno(name);
    if (::linkat(directory, temporary.c_str(), directory, name.c_str(), 0) != 0) {
        if (errno == EEXIST) return false;
        throwErrno(name);
    }
    ::unlinkat(directory, temporary.c_str(), 0);
    return true;
}

std::string OutputDirectory::readSimilar(const std::string& name, std::size_t size) const {
    const Descriptor file(::openat(directory_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    const auto length = static_cast<std::size_t>(status.st_size);
    if (length > size + kMostDifference || length + kMostDifference < size) return {};
    std::string text(length, '\0');
    std::size_t at = 0;
    while (at < length) {
        const ssize_t count = ::read(file.get(), text.data() + at, length - at);
        if (count == 0) return {};
        if (count < 0 && errno != EINTR) throwErrno(name);
        if (count > 0) at += static_cast<std::size_t>(count);
    }
    return text;
}

void OutputDirectory::syncNames(const WriteOptions& options) const {
    if (options.fsync && ::fsync(directory_.get()) != 0 && errno != EINVAL) throwErrno("fsync of the directory");
}

Published OutputDirectory::publish(const std::string& stem, const std::string& text, const WriteOptions& options,
                                   const std::function<bool(std::string_view)>& isSame) const {
    const std::string written = writeTemporary(stem, text, options);
    Temporary temporary(directory_.get(), written);
    for (int i = 1; i <= kMostNames; ++i) {
        const std::string name = stem + (i == 1 ? "" : "_" + std::to_string(i)) + ".json";
        if (renameTo(written, name)) {
            temporary.keep();
            syncNames(options);
            return {name, text, true};
        }
        if (std::string other = readSimilar(name, text.size()); !other.empty() && isSame(other)) {
            syncNames(options);  // the attempt before may have stopped short of it
            return {name, std::move(other), false};
        }
    }
    errno = EEXIST;
    throwErrno(stem + ".json and its numbered names");
}

}  // namespace stepd::result_saver
