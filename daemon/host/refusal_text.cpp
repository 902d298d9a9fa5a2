#include "host/refusal_text.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <string_view>

namespace stepd::host {
namespace {

std::string nameOf(std::int64_t number) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
    if (name == nullptr) return "system call " + std::to_string(number);
    std::string copy(name);
    std::free(name);  // NOLINT: libseccomp gives it so
    return copy;
}

std::string number(std::uint64_t argument) {
    return std::to_string(static_cast<std::int32_t>(argument));  // what the kernel makes of it
}

std::string socketWords(const Refusal& refusal) {
    switch (static_cast<int>(refusal.arguments[0])) {
        case AF_INET: return "open a network connection over IPv4";
        case AF_INET6: return "open a network connection over IPv6";
        case AF_UNIX: return "open a local socket";
        case AF_NETLINK: return "open a netlink socket";
        default: return "open a socket of family " + number(refusal.arguments[0]);
    }
}

std::string prctlWords(const Refusal& refusal) {
    switch (static_cast<int>(refusal.arguments[0])) {
        case PR_SET_PDEATHSIG: return "outlive the daemon";
        case PR_SET_DUMPABLE: return "let other processes trace it";
        default: return "change option " + number(refusal.arguments[0]) + " of its process";
    }
}

struct Group {
    std::initializer_list<std::string_view> calls;
    std::function<std::string(const Refusal&)> tried;
    const char* allowedBy;  ///< `@` stands for the plugin's name
};

constexpr const char* kNetwork = "plugins reach the network through the host, where `grant: {net: [...]}` of @ says";
constexpr const char* kExec = "`grant: {exec: true}` of @ in stepd.yaml would allow it";

const Group* groupOf(const std::string& call) {
    const auto says = [](const char* words) { return [words](const Refusal&) { return std::string(words); }; };
    static const Group groups[] = {
        {{"socket"}, socketWords, kNetwork},
        {{"socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "setsockopt"},
         says("use a socket"),
         kNetwork},
        {{"execve", "execveat"}, says("start a program"), kExec},
        {{"fork", "vfork", "clone"}, says("start a process"), kExec},
        {{"kill", "rt_sigqueueinfo", "tgkill", "rt_tgsigqueueinfo", "tkill"},
         [](const Refusal& r) { return "send a signal to process " + number(r.arguments[0]); },
         ""},
        {{"pidfd_open", "pidfd_send_signal", "pidfd_getfd", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp"},
         says("get at another process"),
         ""},
        {{"setpgid", "setsid"}, says("leave its process group"), ""},
        {{"setrlimit", "prlimit64"}, says("change its limits"), "`limits` of @ in stepd.yaml sets them"},
        {{"prctl"}, prctlWords, ""},
        {{"chmod", "fchmodat", "fchmod", "chown", "fchown", "lchown", "fchownat", "setxattr", "lsetxattr", "fsetxattr",
          "utime", "utimes", "utimensat", "futimesat"},
         says("change the mode, owner or times of a file"),
         "open files with the mode that they shall have"},
        {{"open", "openat", "creat", "mkdir", "mkdirat"},
         says("make something with the set-user-ID or set-group-ID bit, or empty a file by opening it for reading"),
         ""},
        {{"mount", "umount2", "chroot", "pivot_root", "unshare", "setns"}, says("change its view of the system"), ""},
    };
    for (const auto& group : groups)
        for (const auto& name : group.calls)
            if (name == call) return &group;
    return nullptr;
}

}  // namespace

std::string describeRefusal(const Refusal& refusal, const std::string& plugin) {
    const std::string call = nameOf(refusal.number);
    const Group* group = groupOf(call);
    if (group == nullptr) return "tried to call " + call + ", which its sandbox refuses";
    std::string sentence = "tried to " + group->tried(refusal) + " (" + call + "), which its sandbox refuses";
    std::string hint = group->allowedBy;
    if (const auto at = hint.find('@'); at != std::string::npos) hint.replace(at, 1, "plugins." + plugin);
    if (!hint.empty()) sentence += "; " + hint;
    return sentence;
}

}  // namespace stepd::host
