#include "app/operator_key.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/file_descriptor.h"

namespace stepd::app {
namespace {

constexpr std::size_t kBytes = 32;

std::string randomHex() {
    std::array<unsigned char, kBytes> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throwErrno(errno, "read random bytes");
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) (text += kDigits[byte >> 4]) += kDigits[byte & 15];
    return text;
}

}  // namespace

std::string loadOrMakeOperatorKey(const std::string& stateDirectory) {
    const std::string path = stateDirectory + "/operator.key";
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    std::array<char, 2 * kBytes> text{};
    if (file.valid()) {
        struct stat status {};
        if (::fstat(file.get(), &status) != 0 || (status.st_mode & 077) != 0)
            throw Error(ErrorCode::Configuration, path + " may be read by others than its owner; chmod 600 it");
        if (::read(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()))
            return {text.data(), text.size()};
        throw Error(ErrorCode::Configuration, path + " holds no key; remove it and a new one is made");
    }
    if (errno != ENOENT) throwErrno(errno, "cannot read " + path);
    // Written beside and renamed, so that a crash leaves no half of a key.
    const std::string key = randomHex();
    const std::string fresh = path + ".new";
    file = FileDescriptor(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    const std::string line = key + "\n";
    if (!file.valid() || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        ::fsync(file.get()) != 0 || ::rename(fresh.c_str(), path.c_str()) != 0)
        throwErrno(errno, "cannot make " + path);
    return key;
}

}  // namespace stepd::app
