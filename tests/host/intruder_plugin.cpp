// A plugin that tries what a sandbox is there to refuse, one attempt a call, and says what came of it.
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include <dlfcn.h>

#include <stepd/step.h>

extern char** environ;

namespace {

using stepd::Context;
using stepd::Json;
using stepd::Outcome;

/// What an attempt is made on: `path` and `pid` of the input.
struct Aim {
    std::string path;
    pid_t pid = 0;
};

long opened(const Aim& aim, int flags) {
    const int fd = ::open(aim.path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd >= 0) ::close(fd);
    return fd;
}

long made(const Aim& aim, int flags, mode_t mode) {
    const int fd = ::openat(AT_FDCWD, aim.path.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0) ::close(fd);
    return fd;
}

long connected(int family, int type) {
    const int fd = ::socket(family, type, 0);
    if (fd >= 0) ::close(fd);
    return fd;
}

long limited(int resource) {
    rlimit limit{};
    ::getrlimit(static_cast<__rlimit_resource>(resource), &limit);
    limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
    return ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

long spawned(const char* program) {
    std::array<char*, 2> arguments{const_cast<char*>(program), nullptr};
    pid_t child = -1;
    errno = ::posix_spawn(&child, program, nullptr, nullptr, arguments.data(), environ);
    if (errno != 0) return -1;
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

long forked() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    if (child > 0) ::waitpid(child, nullptr, 0);
    return child;
}

long readOther(pid_t pid) {
    char byte = 0;
    const iovec here{&byte, 1}, there{environ, 1};
    return ::process_vm_readv(pid, &here, 1, &there, 1, 0);
}

long signalledByFile(pid_t pid) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return -1;
    return ::fcntl(ends[0], F_SETOWN, pid);
}

long cloneNewUser() {
    return ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
}

using Attempt = std::function<long(const Aim&)>;
const std::map<std::string, Attempt>& attempts() {
    static const std::map<std::string, Attempt> all{
        {"read", [](const Aim& a) { return opened(a, O_RDONLY); }},
        {"write", [](const Aim& a) { return opened(a, O_WRONLY | O_CREAT); }},
        {"empty by reading", [](const Aim& a) { return opened(a, O_RDONLY | O_TRUNC); }},
        {"truncate", [](const Aim& a) { return ::truncate(a.path.c_str(), 0); }},
        {"list", [](const Aim& a) { return opened(a, O_RDONLY | O_DIRECTORY); }},
        {"make folder", [](const Aim& a) { return ::mkdir(a.path.c_str(), 0700); }},
        {"make set-id", [](const Aim& a) { return made(a, O_WRONLY | O_CREAT, 06777); }},
        {"make set-user", [](const Aim& a) { return made(a, O_RDWR | O_CREAT | O_EXCL, 04755); }},
        {"make unnamed set-id", [](const Aim& a) { return made(a, O_RDWR | O_TMPFILE, 02755); }},
        {"make unnamed", [](const Aim& a) { return made(a, O_RDWR | O_TMPFILE, 0600); }},
        {"open, set-id unused", [](const Aim& a) { return made(a, O_WRONLY | O_TRUNC, 06777); }},
        {"creat set-id", [](const Aim& a) { return ::syscall(SYS_creat, a.path.c_str(), 06777); }},
        {"creat", [](const Aim& a) { return ::syscall(SYS_creat, a.path.c_str(), 0644); }},
        {"open set-id", [](const Aim& a) { return ::syscall(SYS_open, a.path.c_str(), O_WRONLY | O_CREAT, 04755); }},
        {"make set-id folder", [](const Aim& a) { return ::mkdir(a.path.c_str(), 02700); }},
        {"make set-id folder at", [](const Aim& a) { return ::mkdirat(AT_FDCWD, a.path.c_str(), 06700); }},
        {"make set-id node", [](const Aim& a) { return ::mknod(a.path.c_str(), S_IFREG | 06777, 0); }},
        {"remove", [](const Aim& a) { return ::unlink(a.path.c_str()); }},
        {"link", [](const Aim& a) { return ::link("/etc/hostname", a.path.c_str()); }},
        {"chmod", [](const Aim& a) { return ::chmod(a.path.c_str(), 0777); }},
        {"chown", [](const Aim& a) { return ::chown(a.path.c_str(), 0, 0); }},
        {"touch", [](const Aim& a) { return ::utimensat(AT_FDCWD, a.path.c_str(), nullptr, 0); }},
        {"ipv4", [](const Aim&) { return connected(AF_INET, SOCK_STREAM); }},
        {"ipv6", [](const Aim&) { return connected(AF_INET6, SOCK_DGRAM); }},
        {"unix", [](const Aim&) { return connected(AF_UNIX, SOCK_STREAM); }},
        {"netlink", [](const Aim&) { return connected(AF_NETLINK, SOCK_RAW); }},
        {"datagram pair",
         [](const Aim&) {
             std::array<int, 2> ends{};
             return static_cast<long>(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()));
         }},
        {"kill", [](const Aim& a) { return ::kill(a.pid, 0); }},
        {"kill group", [](const Aim& a) { return ::kill(-a.pid, 0); }},
        {"signal by file", [](const Aim& a) { return signalledByFile(a.pid); }},
        {"pidfd", [](const Aim& a) { return ::syscall(SYS_pidfd_open, a.pid, 0); }},
        {"ptrace", [](const Aim& a) { return ::ptrace(PTRACE_ATTACH, a.pid, nullptr, nullptr); }},
        {"memory", [](const Aim& a) { return readOther(a.pid); }},
        {"affinity",
         [](const Aim& a) {
             cpu_set_t cpus;
             CPU_ZERO(&cpus);
             CPU_SET(0, &cpus);
             return ::sched_setaffinity(a.pid, sizeof cpus, &cpus);
         }},
        {"fork", [](const Aim&) { return forked(); }},
        {"exec",
         [](const Aim&) {
             std::array<char*, 2> arguments{const_cast<char*>("true"), nullptr};
             return ::execve("/bin/true", arguments.data(), environ);
         }},
        {"spawn", [](const Aim&) { return spawned("/bin/true"); }},
        {"spawn chosen", [](const Aim& a) { return spawned(a.path.c_str()); }},
        {"new user", [](const Aim&) { return cloneNewUser(); }},
        {"unshare", [](const Aim&) { return ::unshare(CLONE_NEWUSER); }},
        {"mount", [](const Aim&) { return ::mount("none", "/tmp", "tmpfs", 0, nullptr); }},
        {"setpgid", [](const Aim&) { return ::setpgid(0, ::getppid()); }},
        {"setsid", [](const Aim&) { return ::setsid(); }},
        {"untie", [](const Aim&) { return ::prctl(PR_SET_PDEATHSIG, 0); }},
        {"dumpable", [](const Aim&) { return ::prctl(PR_SET_DUMPABLE, 1); }},
        {"core", [](const Aim&) { return limited(RLIMIT_CORE); }},
        {"files", [](const Aim&) { return limited(RLIMIT_FSIZE); }},
        {"personality", [](const Aim&) { return ::syscall(SYS_personality, 0x0040000); }},
        {"keys", [](const Aim&) { return ::syscall(SYS_keyctl, 0, -3, 1); }},
        {"io_uring", [](const Aim&) { return ::syscall(SYS_io_uring_setup, 1, nullptr); }},
        {"bpf", [](const Aim&) { return ::syscall(SYS_bpf, 0, nullptr, 0); }},
        {"userfaultfd", [](const Aim&) { return ::syscall(SYS_userfaultfd, 0); }},
        {"perf", [](const Aim&) { return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
        {"clock", [](const Aim&) { return ::syscall(SYS_settimeofday, nullptr, nullptr); }},
        {"terminal", [](const Aim&) { return ::ioctl(0, TIOCSTI, ""); }},
        {"unknown call", [](const Aim&) { return ::syscall(460, 0); }},
        // what must work
        {"pair",
         [](const Aim&) {
             std::array<int, 2> ends{};
             return static_cast<long>(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
         }},
        {"name thread", [](const Aim&) { return ::prctl(PR_SET_NAME, "intruder"); }},
        {"signal itself", [](const Aim&) { return ::kill(::getpid(), 0); }},
        {"own status",
         [](const Aim&) {
             return opened({"/proc/self/status", 0}, O_RDONLY);
         }},
        {"random",
         [](const Aim&) {
             return opened({"/dev/urandom", 0}, O_RDONLY);
         }},
        {"null",
         [](const Aim&) {
             return opened({"/dev/null", 0}, O_WRONLY);
         }},
    };
    return all;
}

/// Makes the attempt that `try` names; ends as permanent if `fail`, else says what the call returned.
class Try final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"try", "1.0.0", "tries one thing", stepd::Threading::InstancePerThread};
    explicit Try(const Json&) {}
    Outcome run(Context& ctx) override {
        const auto& input = ctx.input();
        const Attempt& attempt = attempts().at(input.at("try").get<std::string>());
        const Aim aim{input.value("path", ""), input.value("pid", 0)};
        long result = 0;
        int error = 0;
        const auto make = [&] {
            if (input.value("blocked", false)) {
                sigset_t all;
                ::sigfillset(&all);
                ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
            }
            errno = 0;
            result = attempt(aim);
            error = result < 0 ? errno : 0;
        };
        if (input.value("thread", false))
            std::thread(make).join();
        else
            make();
        if (input.value("fail", false) && result < 0) return stepd::permanent("no_luck", std::strerror(error));
        return stepd::done({{"result", result}, {"errno", error}});
    }
};

/// What honest plugins do: threads, time zones, locales, temporary files, further libraries.
class Honest final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"honest", "1.0.0", "does nothing wrong"};
    explicit Honest(const Json&) {}
    Outcome run(Context& ctx) override {
        Json did;
        int sum = 0;
        std::thread([&] { sum = 42; }).join();
        did["thread"] = sum;
        did["locale"] = std::setlocale(LC_ALL, "C.UTF-8") != nullptr;
        ::setenv("TZ", "Europe/Berlin", 1);
        ::tzset();
        std::tm summer{.tm_mday = 1, .tm_mon = 6, .tm_year = 126};
        ::mktime(&summer);
        did["zone"] = summer.tm_zone;
        did["processors"] = std::thread::hardware_concurrency() > 0;
        void* library = ::dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
        did["library"] = library != nullptr;
        did["temporary"] = temporary();
        did["aborts"] = ::raise(SIGURG) == 0;
        ctx.info("honest");
        return stepd::done(did);
    }

private:
    /// A file in a folder, moved and removed, all below $TMPDIR.
    static Json temporary() {
        const std::string folder = std::string(std::getenv("TMPDIR")) + "/folder";
        if (::mkdir(folder.c_str(), 0700) != 0) return "mkdir";
        std::ofstream(folder + "/file") << "text";
        if (::rename((folder + "/file").c_str(), (folder + "/../moved").c_str()) != 0) return "rename";
        std::string text;
        std::ifstream(folder + "/../moved") >> text;
        if (::symlink("/etc/passwd", (folder + "/link").c_str()) != 0) return "symlink";
        std::ifstream out(folder + "/link");
        if (out) return "a link leads out";
        struct stat status {};
        if (::stat(std::getenv("TMPDIR"), &status) != 0 || (status.st_mode & 07777) != 0700) return "mode";
        return text;
    }
};

}  // namespace

STEPD_EXPORT_PLUGIN("intruder", "1.0.0", Try, Honest)
