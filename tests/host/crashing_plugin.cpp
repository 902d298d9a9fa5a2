// A plugin that crashes in every way there is, one a value of `how`.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include <stepd/step.h>

namespace {

using stepd::Context;
using stepd::Json;
using stepd::Outcome;

#define PLAIN __attribute__((noinline, no_sanitize("address", "undefined")))

volatile std::uintptr_t nowhere = 0x40;
volatile int zero = 0;
volatile int sink = 0;

PLAIN void readThere() {
    sink = *reinterpret_cast<volatile int*>(nowhere);
    sink = 1;  // the call is not the last thing of its caller, which stays on the stack
}
PLAIN void callNothing() {
    reinterpret_cast<void (*)()>(nowhere)();
    sink = 2;
}
PLAIN void divide() {
    sink = 7 / zero;
}
PLAIN void trap() {
    __builtin_trap();
}
PLAIN int deep(int depth) {
    volatile char room[512] = {static_cast<char>(depth)};
    return depth < 0 ? 0 : deep(depth + 1) + room[0];
}
PLAIN void readBeyondFile() {
    const int empty = ::memfd_create("empty", MFD_CLOEXEC);
    const void* page = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, empty, 0);
    sink = *static_cast<const volatile int*>(page);
}
void onThread() {
    std::thread(readThere).join();
}
void replaceHandler() {
    ::signal(SIGSEGV, SIG_DFL);
    readThere();
}
void blockSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    readThere();
}
void closeAll() {
    for (int fd = 0; fd < 1024; ++fd) ::close(fd);
    readThere();
}
/// Children that leave the session and the process group, and wait for ever.
void leaveChildren() {
    for (int i = 0; i < 20; ++i)
        if (::fork() == 0) {
            ::setsid();
            for (;;) ::pause();
        }
    readThere();
}
void inChild() {
    if (::fork() == 0) readThere();
    ::_exit(3);
}
void fill() {
    std::vector<std::unique_ptr<char[]>> kept;
    for (;;) {
        kept.push_back(std::make_unique<char[]>(1U << 20));
        std::memset(kept.back().get(), 1, 1U << 20);
    }
}
/// As C code does: without a look at what malloc says.
void fillBlindly() {
    for (;;) std::memset(std::malloc(64U << 10), 1, 64U << 10);
}

class Crash final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"crash", "1.0.0", "crashes", stepd::Threading::Reentrant};
    explicit Crash(const Json&) {}
    Outcome run(Context& ctx) override {
        static const std::map<std::string, std::function<void()>> ways{
            {"read", readThere},          {"call", callNothing},
            {"divide", divide},           {"trap", trap},
            {"abort", [] { ::abort(); }}, {"deep", [] { sink = deep(0); }},
            {"bus", readBeyondFile},      {"thread", onThread},
            {"replace", replaceHandler},  {"block", blockSignals},
            {"close", closeAll},          {"child", inChild},
            {"children", leaveChildren},  {"fill", fill},
            {"blind", fillBlindly},       {"exit", [] { ::_exit(9); }},
        };
        const auto how = ctx.input().value("how", "wait");
        if (ctx.input().value("secret", false)) ctx.info("the key is " + ctx.secret("api_key").value_or("none"));
        if (const int lines = ctx.input().value("lines", 0); lines > 0) {
            for (int i = 1; i <= lines; ++i) ctx.info("line " + std::to_string(i));
            std::fputs("on stderr\n", stderr);
        }
        if (how == "wait") {
            ctx.progress(0, "waiting");
            ctx.waitCancelled(std::chrono::hours(1));
            return stepd::cancelled("told to");
        }
        if (how == "hold") {  // says so in a file, and waits for another one
            const auto file = ctx.input().at("file").get<std::string>(),
                       gate = ctx.input().at("gate").get<std::string>();
            const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
            if (::write(fd, "held\n", 5) != 5) return stepd::permanent("file", "cannot write");
            ::close(fd);
            while (::access(gate.c_str(), F_OK) != 0)
                if (ctx.waitCancelled(std::chrono::milliseconds(5))) return stepd::cancelled("told to");
            return stepd::done({});
        }
        if (how == "done") return stepd::done({{"pid", ::getpid()}});
        if (how == "spin") {
            if (ctx.input().value("block_term", false)) ::signal(SIGTERM, SIG_IGN);
            ctx.progress(0, std::to_string(::getpid()));
            for (;;) sink = 3;
        }
        ways.at(how)();
        return stepd::done({});
    }
};

}  // namespace

STEPD_EXPORT_STEP(Crash)
