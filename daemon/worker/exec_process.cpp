#include "worker/exec_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <utility>

#include "base/error.h"
#include "worker/exec_frames.h"

namespace stepd::worker {
namespace {

constexpr int kExitGraceMs = 1000;  // from closing its output to its end
constexpr std::size_t kReadBytes = 64U << 10;

struct Pipe {
    FileDescriptor read, write;
};

Pipe makePipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throwErrno(errno, "cannot make a pipe");
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// The child's side of fork: nothing of it comes back. What goes wrong is written to `failed`.
[[noreturn]] void become(const std::vector<std::string>& words, const std::function<void()>& confine, pid_t parent,
                         int input, int output, int failed) {
    try {
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(1);
        if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0) throwErrno(errno, "dup2 failed");
        if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) throwErrno(errno, "close_range failed");
        std::signal(SIGPIPE, SIG_DFL);
        std::vector<char*> arguments;
        for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        if (confine) confine();
        ::execv(arguments[0], arguments.data());
        throwErrno(errno, "cannot run " + words[0]);
    } catch (const std::exception& e) {
        [[maybe_unused]] const auto written = ::write(failed, e.what(), std::strlen(e.what()));
    }
    ::_exit(1);
}

std::string textOf(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) return "exited with code " + std::to_string(info.si_status);
    const char* name = ::sigdescr_np(info.si_status);
    return "was killed by signal " + std::to_string(info.si_status) +
           (name == nullptr ? "" : std::string(" (") + name + ")");
}

bool waitReadable(int fd, int milliseconds) {
    pollfd ended{.fd = fd, .events = POLLIN, .revents = 0};
    int count = 0;
    do count = ::poll(&ended, 1, milliseconds);
    while (count < 0 && errno == EINTR);
    return count > 0;
}

}  // namespace

ExecProcess::ExecProcess(const std::vector<std::string>& words, const std::function<void()>& confine) {
    Pipe input = makePipe(), output = makePipe(), failed = makePipe();
    std::signal(SIGPIPE, SIG_IGN);  // a program that is gone is found out by reading
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throwErrno(errno, "cannot start a process");
    if (pid_ == 0) become(words, confine, parent, input.read.get(), output.write.get(), failed.write.get());
    failed.write.reset();
    std::string problem(512, '\0');
    const auto n = ::read(failed.read.get(), problem.data(), problem.size());  // ends when the program has taken over
    if (n > 0) {
        ::waitpid(pid_, nullptr, 0);
        throw Error(ErrorCode::System, problem.substr(0, static_cast<std::size_t>(n)));
    }
    pidfd_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_.valid()) throwErrno(errno, "cannot open a pidfd");
    ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
    output_ = std::move(output.read);
    const MutexLock lock(mutex_);
    input_ = std::move(input.write);
}

void ExecProcess::write(std::string_view text) {
    std::string prefix = execFramePrefix(text.size());
    std::array<iovec, 2> parts{iovec{prefix.data(), prefix.size()}, iovec{const_cast<char*>(text.data()), text.size()}};
    const MutexLock lock(mutex_);
    for (std::size_t first = 0; first < parts.size();) {
        auto n = ::writev(input_.get(), &parts.at(first), static_cast<int>(parts.size() - first));
        if (n < 0 && errno != EINTR) return;
        for (; n >= 0 && first < parts.size() && static_cast<std::size_t>(n) >= parts.at(first).iov_len; ++first)
            n -= static_cast<ssize_t>(parts.at(first).iov_len);
        if (n <= 0 || first == parts.size()) continue;
        parts.at(first).iov_base = static_cast<char*>(parts.at(first).iov_base) + n;
        parts.at(first).iov_len -= static_cast<std::size_t>(n);
    }
}

bool ExecProcess::read(std::string& out) {
    for (;;) {
        std::array<char, kReadBytes> buffer;  // NOLINT: filled by read
        const auto n = ::read(output_.get(), buffer.data(), buffer.size());
        if (n > 0) return out.append(buffer.data(), static_cast<std::size_t>(n)), true;
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) return false;
        std::array<pollfd, 2> either{pollfd{output_.get(), POLLIN, 0}, pollfd{pidfd_.get(), POLLIN, 0}};
        ::poll(either.data(), either.size(), -1);
        if (either[0].revents == 0 && either[1].revents != 0) return false;
    }
}

std::string ExecProcess::end() {
    if (!waitReadable(pidfd_.get(), kExitGraceMs)) return "closed its standard output";
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
    }
    return textOf(info);
}

}  // namespace stepd::worker
