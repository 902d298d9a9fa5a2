#include "host/worker_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "host/call_board.h"
#include "host/channel.h"
#include "host/worker_layout.h"

namespace stepd::host {
namespace {

constexpr int kFirstSafeFd = 10;  // above the numbers that the child gives to its own

/// A copy that no dup2 of the child overwrites before its turn.
FileDescriptor lifted(int fd) {
    FileDescriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, kFirstSafeFd));
    if (!copy.valid()) throwErrno(errno, "cannot duplicate a descriptor");
    return copy;
}

struct Pipe {
    FileDescriptor read, write;
};

Pipe makePipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throwErrno(errno, "cannot make a pipe");
    Pipe pipe{FileDescriptor(ends[0]), FileDescriptor()};
    const FileDescriptor write(ends[1]);
    pipe.write = lifted(write.get());
    return pipe;
}

void makeNonBlocking(int fd) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// posix_spawn's two objects, freed.
struct SpawnPlan {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
        sigset_t none, all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        ::posix_spawnattr_setpgroup(&attributes, 0);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
};

std::int64_t nanosOf(const timeval& time) {
    return (std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec) * 1000;
}

}  // namespace

std::string ExitStatus::text() const {
    if (!signalled) return "exited with code " + std::to_string(number);
    const char* name = ::sigdescr_np(number);
    return "was killed by signal " + std::to_string(number) + (name == nullptr ? "" : std::string(" (") + name + ")");
}

WorkerProcess::WorkerProcess(const HostOptions& options, const FileDescriptor& library)
    : folder_(options.stateDirectory) {
    auto [ours, theirs] = makeSocketPair();
    const FileDescriptor channel = lifted(theirs.get());
    const FileDescriptor file = lifted(library.get());
    board_ = makeBoard();
    const FileDescriptor board = lifted(board_.get());
    Pipe out = makePipe();
    Pipe err = makePipe();

    SpawnPlan plan;
    if (!options.workingDirectory.empty())
        ::posix_spawn_file_actions_addchdir_np(&plan.actions, options.workingDirectory.c_str());
    ::posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&plan.actions, out.write.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&plan.actions, err.write.get(), STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&plan.actions, channel.get(), kWorkerChannelFd);
    ::posix_spawn_file_actions_adddup2(&plan.actions, file.get(), kWorkerLibraryFd);
    ::posix_spawn_file_actions_adddup2(&plan.actions, board.get(), kWorkerBoardFd);
    ::posix_spawn_file_actions_addclosefrom_np(&plan.actions, kWorkerBoardFd + 1);

    std::vector<char*> environment;
    for (const auto& entry : options.environment) environment.push_back(const_cast<char*>(entry.c_str()));
    std::string temporary = "TMPDIR=" + folder_.path();
    environment.push_back(temporary.data());
    environment.push_back(nullptr);
    std::array<char*, 2> arguments{const_cast<char*>("stepd-worker"), nullptr};
    const int error = ::posix_spawn(&pid_, options.workerProgram.c_str(), &plan.actions, &plan.attributes,
                                    arguments.data(), environment.data());
    if (error != 0) throwErrno(error, "cannot start " + options.workerProgram);
    // glibc 2.36 declares pidfd_open for C alone.
    pidfd_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_.valid()) {
        const int reason = errno;
        ::kill(-pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        throwErrno(reason, "cannot open a pidfd");
    }
    channel_ = std::move(ours);
    stdout_ = std::move(out.read);
    stderr_ = std::move(err.read);
    makeNonBlocking(channel_.get());
    makeNonBlocking(stdout_.get());
    makeNonBlocking(stderr_.get());
}

WorkerProcess::~WorkerProcess() {
    if (reaped_ || pid_ < 0) return;
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void WorkerProcess::signal(int number) const {
    if (!reaped_ && pid_ > 0) ::kill(-pid_, number);
}

std::optional<ExitStatus> WorkerProcess::reap() {
    siginfo_t info{};
    // Look first: as long as the leader is not reaped, the number of its group is not given to anyone else.
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
        return std::nullopt;
    ::kill(-pid_, SIGKILL);
    rusage used{};
    ::wait4(pid_, nullptr, 0, &used);
    reaped_ = true;
    return ExitStatus{info.si_code != CLD_EXITED, info.si_status, nanosOf(used.ru_utime) + nanosOf(used.ru_stime)};
}

}  // namespace stepd::host
