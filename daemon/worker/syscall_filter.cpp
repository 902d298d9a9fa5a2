#include "worker/syscall_filter.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "worker/syscall_list.h"

namespace stepd::worker {
namespace {

/// Comparisons of an argument that the kernel takes as an int: the upper half of the register does not count.
scmp_arg_cmp is(unsigned index, std::uint64_t value, std::uint64_t mask = 0xFFFF'FFFF) {
    return scmp_arg_cmp{index, SCMP_CMP_MASKED_EQ, mask, value & mask};
}
scmp_arg_cmp isNull(unsigned index) {
    return scmp_arg_cmp{index, SCMP_CMP_EQ, 0, 0};
}

class Filter {
public:
    explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {
        if (!context_) throw Error(ErrorCode::System, "cannot make a seccomp filter");
        check(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
        check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a binary tree
    }

    /// All comparisons must hold; several rules of one call are alternatives.
    void allow(const char* call, std::initializer_list<scmp_arg_cmp> when = {}) { add(SCMP_ACT_ALLOW, call, when); }
    void fail(const char* call, std::uint16_t error, std::initializer_list<scmp_arg_cmp> when = {}) {
        add(SCMP_ACT_ERRNO(error), call, when);
    }
    void load() { check(seccomp_load(context_.get())); }

private:
    static void check(int result) {
        if (result < 0) throwErrno(-result, "cannot set the seccomp filter");
    }
    void add(std::uint32_t action, const char* call, std::span<const scmp_arg_cmp> when) {
        const int number = seccomp_syscall_resolve_name(call);
        if (number < 0) return;  // this processor has no such call, or this libseccomp has not heard of it
        check(seccomp_rule_add_array(context_.get(), action, number, static_cast<unsigned>(when.size()), when.data()));
    }

    struct Release {
        void operator()(void* context) const { seccomp_release(context); }
    };
    std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, Release> context_;
};

/// Threads, but no processes; programs and what they need if they are granted. CLONE_PARENT would make the new process
/// the daemon's child.
void allowClone(Filter& filter, const FilterOptions& options) {
    constexpr std::uint64_t kApart = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                     CLONE_NEWPID | CLONE_NEWNET | CLONE_PARENT | CLONE_PTRACE | CLONE_UNTRACED;
    // Its flags lie in memory, where a filter cannot look: glibc falls back to clone.
    filter.fail("clone3", ENOSYS);
    if (options.startsPrograms())
        for (const char* call : {"execve", "execveat"}) filter.allow(call);
    if (!options.processes) {
        // posix_spawn blocks SIGSYS, which would end the process: it is told by program_start.cpp. Where programs may
        // be started nothing is trapped.
        if (!options.startsPrograms()) filter.fail("clone", EPERM, {is(0, CLONE_VFORK, CLONE_VFORK | CLONE_THREAD)});
        return filter.allow("clone", {is(0, CLONE_THREAD, kApart | CLONE_THREAD)});
    }
    filter.allow("clone", {is(0, 0, kApart)});
    for (const char* call : {"fork", "vfork"}) filter.allow(call);
}

/// To itself alone; a program that was started has another number, and is reached where Landlock watches.
void allowSignals(Filter& filter, const FilterOptions& options) {
    const auto self = static_cast<std::uint64_t>(::getpid());
    for (const char* call : {"kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"}) {
        if (options.processes && options.signalsGuarded)
            filter.allow(call);
        else
            filter.allow(call, {is(0, self)});
    }
}

/// Nothing is made with a bit by which a program gets the rights of its file's owner or group. Where Landlock does not
/// look after O_TRUNC, that needs opening for writing: opening for reading would empty what is opened.
void allowOpening(Filter& filter, bool truncateGuarded) {
    constexpr std::uint64_t kSetId = S_ISUID | S_ISGID;
    constexpr std::uint64_t kMakes = O_CREAT | (O_TMPFILE & ~O_DIRECTORY);
    struct Way {
        std::uint64_t value, mask;
    };
    std::vector<Way> ways{{0, 0}};
    if (!truncateGuarded) ways = {{0, O_TRUNC}, {O_WRONLY, O_ACCMODE}, {O_RDWR, O_ACCMODE}};
    for (const auto& [call, flags] : {std::pair("open", 1U), std::pair("openat", 2U)})
        for (const auto& [value, mask] : ways) {
            filter.allow(call, {is(flags, value, mask | kMakes)});
            filter.allow(call, {is(flags, value, mask), is(flags + 1, 0, kSetId)});
        }
    filter.allow("creat", {is(1, 0, kSetId)});
    filter.allow("mkdir", {is(1, 0, kSetId)});
    filter.allow("mkdirat", {is(2, 0, kSetId)});
    if (truncateGuarded) filter.allow("truncate");
}

void allowFiles(Filter& filter, bool truncateGuarded) {
    // Of fcntl not those that make the kernel send a signal to whom one likes: F_SETOWN, F_SETSIG, F_NOTIFY.
    for (const int command :
         {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK,
          F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_SETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS})
        filter.allow("fcntl", {is(1, static_cast<std::uint64_t>(command))});
    for (const std::uint64_t command :
         std::initializer_list<std::uint64_t>{FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ, FICLONE})
        filter.allow("ioctl", {is(1, command)});
    // Landlock does not look after modes, owners and times of files, so nothing may change them by path.
    filter.allow("fchmod", {is(1, 0, 07000)});
    filter.allow("utimensat", {isNull(1)});
    filter.fail("openat2", ENOSYS);  // its flags lie in memory
    allowOpening(filter, truncateGuarded);
}

void allowProcess(Filter& filter) {
    const auto self = static_cast<std::uint64_t>(::getpid());
    // Not PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_PTRACER: the plugin must not untie itself.
    for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_PDEATHSIG, PR_GET_NO_NEW_PRIVS,
                             PR_SET_NO_NEW_PRIVS, PR_GET_SECCOMP, PR_GET_TIMERSLACK, PR_SET_TIMERSLACK, PR_CAPBSET_READ,
                             PR_GET_SECUREBITS, PR_GET_KEEPCAPS, PR_SET_THP_DISABLE, PR_GET_THP_DISABLE, PR_SET_VMA})
        filter.allow("prctl", {is(0, static_cast<std::uint64_t>(option))});
    for (const auto pid : {std::uint64_t{0}, self}) {
        filter.allow("prlimit64", {is(0, pid), isNull(2)});  // asking, not setting
        filter.allow("sched_setaffinity", {is(0, pid)});
    }
    filter.allow("setpriority", {is(0, PRIO_PROCESS), is(1, 0)});
    filter.allow("personality", {is(0, 0xFFFF'FFFF)});  // asking
}

/// Two ends of a stream within the process are no network. A datagram end could be sent from to any local socket.
void allowSockets(Filter& filter) {
    constexpr std::uint64_t kTypeMask = 0xF;  // of the kernel: without SOCK_CLOEXEC and SOCK_NONBLOCK
    for (const int type : {SOCK_STREAM, SOCK_SEQPACKET})
        filter.allow("socketpair", {is(0, AF_UNIX), is(1, static_cast<std::uint64_t>(type), kTypeMask)});
    filter.allow("sendto", {isNull(4)});
}

}  // namespace

void filterSystemCalls(const FilterOptions& options) {
    Filter filter(options.startsPrograms() ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_TRAP);
    for (const char* call : kHarmlessCalls) filter.allow(call);
    allowClone(filter, options);
    allowSignals(filter, options);
    allowFiles(filter, options.truncateGuarded);
    allowProcess(filter);
    allowSockets(filter);
    filter.load();
}

}  // namespace stepd::worker
