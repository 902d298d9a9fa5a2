#include "ctl/import_rules.h"

#include <algorithm>
#include <cctype>

namespace stepd::ctl {
namespace {

constexpr auto kError = Severity::Error, kWarning = Severity::Warning;

// clang-format off
constexpr ImportRule kRules[] = {
    {"exit _exit _Exit quick_exit",
     kError, "ends the whole worker, and with it the calls beside this one",
     "return an outcome: stepd::permanent(code, message), or STEPD_PERMANENT"},
    {"pthread_exit thrd_exit",
     kError, "ends a thread that belongs to the host",
     "return from the step"},
    {"fork vfork _Fork clone daemon forkpty",
     kError, "copies a process with threads, whose locks stay held in the copy",
     "do it in the step; if it takes another program, use posix_spawn and let the operator say `grant: {exec: true}`"},
    {"execl execle execlp execv execve execveat execvp execvpe fexecve",
     kError, "replaces the worker by another program",
     "do it in the step; if it takes another program, use posix_spawn and let the operator say `grant: {exec: true}`"},
    {"system popen posix_spawn posix_spawnp",
     kWarning, "starts a program, which the sandbox refuses",
     "do it in the step, or ask for it (capability exec) and tell operators that they must say `grant: {exec: true}`"},
    {"signal sigaction __sigaction sigset bsd_signal sysv_signal sigaltstack signalfd",
     kError, "takes signals that the host uses",
     "ask ctx.cancelled() in loops, and wait with ctx.waitCancelled(duration)"},
    {"alarm ualarm setitimer timer_create",
     kError, "sends signals to the worker",
     "wait with ctx.waitCancelled(duration); the host keeps the deadline"},
    {"kill killpg tgkill pthread_kill sigqueue pidfd_send_signal",
     kError, "sends signals, which is the host's business",
     "return an outcome; to stop a program of yours, close its input"},
    {"chdir fchdir chroot umask setlocale uselocale setenv putenv unsetenv clearenv",
     kError, "changes what all threads of the worker share",
     "name files by absolute paths or by openat; format numbers and dates without a locale"},
    {"setuid setgid setreuid setregid setresuid setresgid setgroups setsid setpgid setpriority nice setrlimit setrlimit64 prlimit",
     kError, "changes what the host has set for the worker",
     "leave it to `limits` in stepd.yaml"},
    {"ptrace process_vm_readv process_vm_writev",
     kError, "looks into other processes, which the sandbox refuses",
     "there is no way for plugins to do that"},
    {"prctl seccomp unshare setns mount umount2 capset",
     kError, "changes how the worker is confined",
     "leave it to `sandbox` and `grant` in stepd.yaml"},
    {"socket socketpair connect bind listen accept accept4 sendto recvfrom",
     kError, "uses sockets, which the sandbox refuses",
     "fetch with ctx.http() (http_fetch in C); the operator grants hosts with `grant: {net: [...]}`"},
    {"getaddrinfo gethostbyname gethostbyname_r gethostbyaddr res_query res_search __res_query",
     kError, "asks name servers, which the sandbox refuses",
     "give ctx.http() the name: the host resolves and checks it"},
    {"dlopen dlmopen dlclose",
     kWarning, "loads or unloads code that nobody has checked",
     "link with what the plugin needs"},
    {"getenv secure_getenv",
     kWarning, "reads the environment, of which a worker has next to nothing",
     "take it from the options, or from ctx.secret(name)"},
    {"sleep usleep nanosleep clock_nanosleep thrd_sleep",
     kWarning, "sleeps without hearing that the call shall stop; the worker is killed then",
     "wait with ctx.waitCancelled(duration), or wait_cancelled in C"},
    {"longjmp siglongjmp _longjmp __longjmp_chk",
     kWarning, "jumps over the destructors of others",
     "see that no jump leaves the plugin, or return instead"},
    {"strtok localtime gmtime ctime asctime strerror getpwnam getpwuid rand srand random drand48",
     kWarning, "has one state for all threads, and this plugin lets several call it",
     "use the variant of it that ends in _r, or <random> and <chrono>", true},
};
// clang-format on

/// One of the words of `names`.
bool holds(std::string_view names, std::string_view word) {
    for (std::size_t at = 0; at < names.size();) {
        const auto end = std::min(names.find(' ', at), names.size());
        if (names.substr(at, end - at) == word) return true;
        at = end + 1;
    }
    return false;
}

}  // namespace

const ImportRule* ruleFor(std::string_view import) {
    const auto found = std::find_if(std::begin(kRules), std::end(kRules),
                                    [&](const ImportRule& rule) { return holds(rule.names, import); });
    return found == std::end(kRules) ? nullptr : found;
}

}  // namespace stepd::ctl
