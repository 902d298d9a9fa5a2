#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/file_descriptor.h"
#include "ctl/elf_file.h"
#include "host/messages.h"

namespace stepd::ctl {
namespace {

using Read = Result<ElfFile, std::string>;

constexpr rlim_t kMostSeconds = 20, kMostMemory = rlim_t{1} << 30;
constexpr std::size_t kMostAnswer = 128 << 20;

struct Answer {
    bool readable = false;
    std::string sentence;
    ElfFile elf;
    void fields(auto& io) {
        io.flag(readable);
        io.bytes(sentence);
        elf.fields(io);
    }
};

void limit(__rlimit_resource resource, rlim_t value) {
    const rlimit both{value, value};
    ::setrlimit(resource, &both);
}

[[noreturn]] void answerAndLeave(int file, int pipe) {
    limit(RLIMIT_CPU, kMostSeconds);
    limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they reserve terabytes
    limit(RLIMIT_AS, kMostMemory);
#endif
    try {
        const auto read = readElf(file);
        Answer answer{.readable = static_cast<bool>(read), .sentence = {}, .elf = {}};
        if (read)
            answer.elf = *read;
        else
            answer.sentence = read.error();
        const std::string bytes = host::encode(std::move(answer));
        for (std::size_t at = 0; at < bytes.size();) {
            const auto n = ::write(pipe, bytes.data() + at, bytes.size() - at);
            if (n <= 0) ::_exit(1);
            at += static_cast<std::size_t>(n);
        }
    } catch (...) {  // no memory: what is missing is the answer
        ::_exit(1);
    }
    ::_exit(0);
}

std::string allOf(int pipe) {
    std::string bytes;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto n = ::read(pipe, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || bytes.size() > kMostAnswer) return bytes;
        bytes.append(buffer.data(), static_cast<std::size_t>(n));
    }
}

}  // namespace

Read readElfApart(const std::string& path) {
    const auto failed = [&](const char* doing) {
        return Read::failure(std::string(doing) + ": " + std::strerror(errno));
    };
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) return failed("it cannot be opened");
    if (!S_ISREG(status.st_mode)) return Read::failure("it is no regular file");
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("cannot make a pipe");
    const FileDescriptor out(ends[0]);
    FileDescriptor in(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return failed("cannot start a process");
    if (child == 0) answerAndLeave(file.get(), in.get());
    in.reset();
    const auto answer = host::decode<Answer>(allOf(out.get()));
    ::kill(child, SIGKILL);  // if its answer was too long
    int ended = 0;
    while (::waitpid(child, &ended, 0) < 0 && errno == EINTR) {
    }
    if (!answer)
        return Read::failure("reading it took too much time or memory, or crashed the reader: the file is damaged");
    return answer->readable ? Read(answer->elf) : Read::failure(answer->sentence);
}

}  // namespace stepd::ctl
