#include "worker/crash_handler.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "host/memory_allowance.h"
#include "host/runtime/call_threads.h"

namespace stepd::worker {
namespace {

using host::CrashNote;

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr std::size_t kAlternateStack = 64U << 10;
constexpr std::uintptr_t kOverflowReach = 1U << 20;  ///< below the stack's end: a large frame jumps over the guard page
constexpr std::uintptr_t kGuardSlack = 64U << 10;    ///< above it: whether the guard counts to the stack differs
constexpr std::size_t kProbe = 1U << 20;

CrashNote* noted = nullptr;
const char* pluginPath = nullptr;
pid_t worker = 0;
std::array<const void*, CrashNote::kModules> knownModules{};
thread_local std::uintptr_t stackEnd = 0;

struct Registers {
    std::uintptr_t instruction, stack, link;
};

Registers registersOf(const ucontext_t& context) {
#if defined(__x86_64__)
    const auto& registers = context.uc_mcontext.gregs;
    return {static_cast<std::uintptr_t>(registers[REG_RIP]), static_cast<std::uintptr_t>(registers[REG_RSP]), 0};
#elif defined(__aarch64__)
    return {context.uc_mcontext.pc, context.uc_mcontext.sp, context.uc_mcontext.regs[30]};
#else
#error "say where this processor keeps the instruction, the stack and the way back"
#endif
}

std::uint32_t moduleOf(const link_map& map) {
    for (std::uint32_t i = 0; i < noted->moduleCount; ++i)
        if (knownModules[i] == &map) return i;
    if (noted->moduleCount == CrashNote::kModules) return CrashNote::kNoModule;
    const std::uint32_t index = noted->moduleCount;
    auto& module = noted->modules[index];
    const char* path = map.l_name == nullptr || *map.l_name == '\0' ? "stepd-worker" : map.l_name;
    module.plugin = std::strcmp(path, pluginPath) == 0 ? 1 : 0;
    const char* slash = std::strrchr(path, '/');
    const char* name = slash == nullptr ? path : slash + 1;
    std::memcpy(module.name, name, ::strnlen(name, sizeof module.name));
    knownModules[index] = &map;
    noted->moduleCount = index + 1;
    return index;
}

void addFrame(std::uintptr_t address) {
    if (noted->frameCount == CrashNote::kFrames) return;
    auto& frame = noted->frames[noted->frameCount];
    dl_find_object found;
    if (::_dl_find_object(reinterpret_cast<void*>(address), &found) == 0) {  // NOLINT: an address is what we have
        frame.module = moduleOf(*found.dlfo_link_map);
        frame.offset = frame.module == CrashNote::kNoModule ? address : address - found.dlfo_link_map->l_addr;
    } else {
        frame.module = CrashNote::kNoModule;
        frame.offset = address;
    }
    ++noted->frameCount;
}

/// The unwinder begins here, in the handler: what comes before the frame that was hit is ours.
struct Walk {
    std::uintptr_t hit;
    bool found;
};

_Unwind_Reason_Code walk(_Unwind_Context* context, void* raw) {
    auto& state = *static_cast<Walk*>(raw);
    int beforeInstruction = 0;
    const std::uintptr_t address = _Unwind_GetIPInfo(context, &beforeInstruction);
    if (!state.found) {
        state.found = address == state.hit;  // it is in the note already
        return _URC_NO_REASON;
    }
    if (address == 0 || noted->frameCount == CrashNote::kFrames) return _URC_END_OF_STACK;
    addFrame(beforeInstruction != 0 ? address : address - 1);
    return _URC_NO_REASON;
}

/// A jump to where no code is: who jumped is known, if anything is. The unwinder cannot tell.
void addCaller(const Registers& at) {
#if defined(__x86_64__)
    if (at.stack % sizeof(std::uintptr_t) == 0) addFrame(*reinterpret_cast<const std::uintptr_t*>(at.stack) - 1);
#else
    addFrame(at.link - 1);
#endif
}

enum class StatmField : std::uint64_t { Resident = 2, Data = 6 };

/// Bytes, from a field of statm (proc(5)). 0 if it cannot be read.
std::uint64_t memoryUse(StatmField which) {
    const int fd = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[128];
    const auto n = ::read(fd, text, sizeof text);
    ::close(fd);
    std::uint64_t field = 0, number = 0;
    for (ssize_t i = 0; i < n; ++i) {
        if (text[i] >= '0' && text[i] <= '9') {
            number = number * 10 + static_cast<std::uint64_t>(text[i] - '0');
        } else {
            if (++field == static_cast<std::uint64_t>(which))
                return number * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
            number = 0;
        }
    }
    return 0;
}

void noteMemory() {
    // Not ru_maxrss of getrusage: a new process inherits that of whoever spawned it.
    noted->residentBytes = memoryUse(StatmField::Resident);
    noted->dataBytes = memoryUse(StatmField::Data);
    if (!host::kLimitsMemory) return;
    void* probe = ::mmap(nullptr, kProbe, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED && errno == ENOMEM)
        noted->flags |= CrashNote::MemoryExhausted;
    else
        ::munmap(probe, kProbe);
}

bool isOverflow(int number, std::uintptr_t address) {
    return (number == SIGSEGV || number == SIGBUS) && stackEnd != 0 && address + kOverflowReach >= stackEnd &&
           address < stackEnd + kGuardSlack;
}

void write(int number, const siginfo_t& info, const ucontext_t& context) {
    const bool fault = number != SIGABRT && info.si_code > 0;  // by the processor, not by kill()
    noted->signal = number;
    noted->code = info.si_code;
    noted->address = fault ? reinterpret_cast<std::uintptr_t>(info.si_addr) : 0;
    noted->token = host::runningToken();
    if (fault && isOverflow(number, noted->address)) noted->flags |= CrashNote::StackOverflow;
    noteMemory();
    const Registers at = registersOf(context);
    addFrame(at.instruction);
    if (noted->frames[0].module == CrashNote::kNoModule) return addCaller(at);
    Walk state{.hit = at.instruction, .found = false};
    _Unwind_Backtrace(walk, &state);
}

void crashed(int number, siginfo_t* info, void* context) {
    const int error = errno;
    std::uint32_t nothing = CrashNote::Nothing;
    if (::getpid() == worker) {
        if (noted->state.compare_exchange_strong(nothing, CrashNote::Begun)) {
            write(number, *info, *static_cast<const ucontext_t*>(context));
            noted->state = CrashNote::Complete;
        } else if (noted->state == CrashNote::Begun) {
            for (;;) ::pause();  // another thread was first, and will end us all
        }
    }
    std::signal(number, SIG_DFL);
    // Blocked until we return. For a fault the kernel would do the same by itself; abort() and kill() come only once.
    ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), number);
    errno = error;
}

}  // namespace

void noteCrashes(host::CrashNote& note, const char* plugin) {
    noted = &note;
    pluginPath = plugin;
    worker = ::getpid();
    Walk prime{.hit = 0, .found = false};  // what the unwinder and the loader do but once, they do now
    _Unwind_Backtrace(walk, &prime);
    struct sigaction action {};
    action.sa_sigaction = crashed;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigfillset(&action.sa_mask);
    ::sigdelset(&action.sa_mask, SIGSYS);  // of the sandbox: blocked, it would end us by another signal
    for (const int number : kSignals)
        if (::sigaction(number, &action, nullptr) != 0) throwErrno(errno, "cannot catch signals");
    standByForOverflow();
}

void standByForOverflow() noexcept {
    void* memory = ::mmap(nullptr, kAlternateStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    const stack_t stack{.ss_sp = memory, .ss_flags = 0, .ss_size = kAlternateStack};
    ::sigaltstack(&stack, nullptr);
    pthread_attr_t attributes;
    if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return;
    void* end = nullptr;
    std::size_t size = 0;
    if (::pthread_attr_getstack(&attributes, &end, &size) == 0) stackEnd = reinterpret_cast<std::uintptr_t>(end);
    ::pthread_attr_destroy(&attributes);
}

}  // namespace stepd::worker
