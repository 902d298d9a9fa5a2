// A plugin with every habit that the host must cope with, one a step type.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <stepd/step.h>

extern char** environ;

namespace {

using stepd::Context;
using stepd::Json;
using stepd::Outcome;

constexpr auto kPerThread = stepd::Threading::InstancePerThread;

#define LAB_STEP(Class, type)                                                                            \
    class Class final : public stepd::Step {                                                             \
    public:                                                                                              \
        static constexpr stepd::Manifest manifest{type, "1.0.0", "of the laboratory", kPerThread};       \
        explicit Class(const Json& options) : options_(options) {                                        \
            if (options_.value("refuse", false)) throw stepd::InvalidConfig("refused", "as configured"); \
        }                                                                                                \
        Outcome run(Context& ctx) override;                                                              \
                                                                                                         \
    private:                                                                                             \
        const Json options_;                                                                             \
    };

/// Returns what it was given: input, options and all of the context.
LAB_STEP(Echo, "echo")
Outcome Echo::run(Context& ctx) {
    using std::chrono::microseconds;
    return stepd::done(
        {{"input", ctx.input()},
         {"options", options_},
         {"run", ctx.runId()},
         {"event", ctx.eventId()},
         {"step", ctx.stepId()},
         {"attempt", ctx.attempt()},
         {"left", ctx.attemptsLeft()},
         {"key", ctx.idempotencyKey()},
         {"started", std::chrono::duration_cast<microseconds>(ctx.runStartedAt().time_since_epoch()).count()},
         {"token", ctx.resumeToken()},
         {"previous", ctx.previousError()}});
}

/// Says so and then waits until it is told to stop; leaves a token.
LAB_STEP(Wait, "wait")
Outcome Wait::run(Context& ctx) {
    ctx.progress(7.5, "waiting");  // above 1: the worker makes it fit
    ctx.waitCancelled(std::chrono::hours(1));
    return stepd::cancelled(std::to_string(static_cast<int>(ctx.cancelReason()))).resumeToken("at 42");
}

/// Never returns, whatever it is told.
LAB_STEP(Stuck, "stuck")
Outcome Stuck::run(Context& ctx) {
    if (ctx.input().value("block_term", false)) ::signal(SIGTERM, SIG_IGN);
    ctx.progress(-1, "stuck");
    for (;;) ::pause();
}

/// Dies as the input says.
LAB_STEP(Die, "die")
Outcome Die::run(Context& ctx) {
    const std::string how = ctx.input().value("how", "abort");
    if (how == "exit") ::_exit(3);
    if (how == "kill") ::raise(SIGKILL);
    if (how == "segv") {
        ::signal(SIGSEGV, SIG_DFL);
        ::raise(SIGSEGV);
    }
    if (how == "throw") throw std::runtime_error("thrown by the step");
    ::signal(SIGABRT, SIG_DFL);
    ::abort();
}

/// Writes rubbish to every descriptor it can find.
LAB_STEP(Rubbish, "rubbish")
Outcome Rubbish::run(Context& ctx) {
    const std::string rubbish(static_cast<std::size_t>(ctx.input().value("bytes", 777)), '\xA5');
    for (int fd = 0; fd < 64; ++fd) (void)!::write(fd, rubbish.data(), rubbish.size());
    ctx.waitCancelled(std::chrono::hours(1));
    return stepd::done({});
}

/// Tells what it was born with.
LAB_STEP(Birth, "birth")
Outcome Birth::run(Context& ctx) {
    Json descriptors = Json::array(), environment = Json::array();
    for (int fd = 0; fd < 1024; ++fd)
        if (::fcntl(fd, F_GETFD) != -1 && fd != ctx.cancelDescriptor()) descriptors.push_back(fd);
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    sigset_t blocked;
    ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
    int blockedCount = 0;
    for (int number = 1; number < 32; ++number) blockedCount += ::sigismember(&blocked, number);
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    const auto limitOf = [](__rlimit_resource resource) {
        rlimit both{};
        ::getrlimit(resource, &both);
        return both.rlim_max;
    };
    return stepd::done({{"descriptors", descriptors},
                        {"environment", environment},
                        {"blocked", blockedCount},
                        {"core", core.rlim_max},
                        {"file_bytes", limitOf(RLIMIT_FSIZE)},
                        {"data_bytes", limitOf(RLIMIT_DATA)},
                        {"open_files", limitOf(RLIMIT_NOFILE)},
                        {"threads", limitOf(RLIMIT_NPROC)},
                        {"no_new_privs", ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)},
                        {"dumpable", ::prctl(PR_GET_DUMPABLE)},
                        {"group_leader", ::getpgrp() == ::getpid()}});
}

/// Tells a secret in every way it has.
LAB_STEP(Leak, "leak")
Outcome Leak::run(Context& ctx) {
    const std::string value = ctx.secret("api_key").value_or("none");
    const bool other = ctx.secret("other").has_value();
    ctx.info("the key is " + value);
    std::printf("on stdout: %s\n", value.c_str());
    std::fflush(stdout);
    ctx.progress(0.1, "with " + value);
    if (ctx.input().value("fail", false))
        return stepd::permanent("leaked", "refused " + value, {{"key", value}}).resumeToken("t-" + value);
    return stepd::done({{"key", value}, {"options", options_}, {"length", value.size()}, {"other", other}});
}

/// Answers with so many bytes.
LAB_STEP(Big, "big")
Outcome Big::run(Context& ctx) {
    return stepd::done({{"text", std::string(ctx.input().value("bytes", 0U), 'x')}, {"given", ctx.inputText().size()}});
}

/// Fetches the URLs of its input.
LAB_STEP(Fetch, "fetch")
Outcome Fetch::run(Context& ctx) {
    std::vector<stepd::HttpRequest> requests;
    for (const auto& url : ctx.input().at("urls")) {
        requests.push_back({.url = url.get<std::string>()});
        requests.back().options.headers = {{"x-test", "1"}};
    }
    Json out = Json::array();
    for (const auto& reply : ctx.http().fetchAll(requests, ctx.input().value("parallel", 0U)))
        out.push_back({{"failure", reply.failure},
                       {"status", reply.status},
                       {"body", reply.body},
                       {"type", reply.header("Content-Type").value_or("")},
                       {"redirects", reply.redirects}});
    return stepd::done(out);
}

/// Logs and prints what is hostile to a log.
LAB_STEP(Chat, "chat")
Outcome Chat::run(Context& ctx) {
    ctx.warn("forged\n2026-01-01 error \x1b[31mred\xff");
    for (int i = ctx.input().value("lines", 1); i > 0; --i) std::puts("out\x1b[0m \xe2\x80\xae line");
    std::fputs("err line\n", stderr);
    std::fflush(stdout);
    return stepd::done({});
}

/// Starts a process that would outlive it, then dies.
LAB_STEP(Orphan, "orphan")
Outcome Orphan::run(Context& ctx) {
    const pid_t child = ::fork();
    if (child == 0)
        for (;;) ::pause();
    ctx.progress(0.0, std::to_string(child));
    ::_exit(9);
}

class Sick final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"sick", "1.0.0", "says how it is", stepd::Threading::Reentrant};
    explicit Sick(const Json& options) : sick_(options.value("sick", false)) {}
    Outcome run(Context&) override { return stepd::done({}); }
    stepd::Health health() override {
        if (!sick_) return {};
        return {stepd::HealthStatus::Limited, "no key", {{"service", "x"}}};
    }

private:
    const bool sick_;
};

struct Sum {
    int a = 0;
    std::int64_t b = 1;
};
struct Total {
    std::int64_t total = 0;
};
STEPD_REFLECT(Sum, a, b)
STEPD_REFLECT(Total, total)

class Add final : public stepd::TypedStep<Sum, Total> {
public:
    static constexpr stepd::Manifest manifest{"add", "1.0.0", "adds", kPerThread};
    explicit Add(const Json&) {}
    Answer execute(const Sum& input, Context&) override { return Total{input.a + input.b}; }
};

}  // namespace

STEPD_EXPORT_PLUGIN("lab", "1.2.3", Echo, Wait, Stuck, Die, Rubbish, Birth, Leak, Big, Fetch, Chat, Orphan, Sick, Add)
