#include "worker/refusal_trap.h"

#include <sys/syscall.h>
#include <ucontext.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "host/runtime/call_threads.h"

namespace stepd::worker {
namespace {

host::RefusalRing* noted = nullptr;

/// The registers of the trapped call: its arguments, and where its result goes.
#if defined(__x86_64__)
std::uint64_t argument(const ucontext_t& context, int index) {
    constexpr int kRegisters[] = {REG_RDI, REG_RSI, REG_RDX};
    return static_cast<std::uint64_t>(context.uc_mcontext.gregs[kRegisters[index]]);
}
void setResult(ucontext_t& context, long result) {
    context.uc_mcontext.gregs[REG_RAX] = result;
}
#elif defined(__aarch64__)
std::uint64_t argument(const ucontext_t& context, int index) {
    return context.uc_mcontext.regs[index];
}
void setResult(ucontext_t& context, long result) {
    context.uc_mcontext.regs[0] = static_cast<unsigned long long>(result);
}
#else
#error "say where this processor keeps the arguments of a system call"
#endif

constexpr int kBySeccomp = 1;  // SYS_SECCOMP, which glibc 2.36 does not declare

/// The last one that Linux 6.1 has; both processors number new calls alike.
constexpr int kLastKnownCall = 450;  // set_mempolicy_home_node

void refuse(int, siginfo_t* info, void* raw) {
    auto& context = *static_cast<ucontext_t*>(raw);
    if (info->si_code != kBySeccomp) return;  // sent by someone: not worth a word
    if (info->si_syscall > kLastKnownCall) return setResult(context, -ENOSYS);
    noteRefusal(
        {.number = info->si_syscall, .arguments = {argument(context, 0), argument(context, 1), argument(context, 2)}});
    setResult(context, -EPERM);
}

}  // namespace

bool noteRefusal(host::Refusal refusal) noexcept {
    if (noted == nullptr) return false;
    refusal.token = host::runningToken();
    noted->add(refusal);
    return true;
}

void catchRefusals(host::RefusalRing& ring) {
    noted = &ring;
    struct sigaction action {};
    action.sa_sigaction = refuse;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    if (::sigaction(SIGSYS, &action, nullptr) != 0) throwErrno(errno, "cannot catch SIGSYS");
}

}  // namespace stepd::worker
