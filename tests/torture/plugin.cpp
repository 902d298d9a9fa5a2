// Steps whose executions can be counted afterwards: each call adds a line `RUN STEP ATTEMPT KEY` to the file that the
// option `file` names, in one write, before it does anything else.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include <stepd/step.h>

namespace {

using stepd::Context;
using stepd::Json;
using stepd::Outcome;

class Effects {
public:
    explicit Effects(const Json& options)
        : fd_(::open(options.at("file").get<std::string>().c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {
        if (fd_ < 0) throw stepd::InvalidConfig("file", "cannot be opened");
    }
    Effects(const Effects&) = delete;
    Effects& operator=(const Effects&) = delete;
    ~Effects() { ::close(fd_); }

    void note(const Context& ctx) const {
        const std::string line = std::string(ctx.runId()) + " " + std::string(ctx.stepId()) + " " +
                                 std::to_string(ctx.attempt()) + " " + std::string(ctx.idempotencyKey()) + "\n";
        if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
    }

private:
    const int fd_;
};

Outcome added(const Context& ctx) {
    return stepd::done({{"n", ctx.input().at("n").get<std::int64_t>() + 1}});
}

/// in: {"n": integer}  out: {"n": n + 1}. Takes `take_ms`, so that kills meet it at work.
class Add final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"add", "1.0.0", "adds one"};
    explicit Add(const Json& options) : effects_(options), takes_(options.value("take_ms", 0)) {}
    Outcome run(Context& ctx) override {
        effects_.note(ctx);
        if (takes_.count() > 0 && ctx.waitCancelled(takes_)) return stepd::cancelled("told to stop");
        return added(ctx);
    }

private:
    const Effects effects_;
    const std::chrono::milliseconds takes_;
};

/// As `add`, but its first `times` attempts fail and may be tried again.
class Shaky final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"shaky", "1.0.0", "fails at first"};
    explicit Shaky(const Json& options) : effects_(options), times_(options.value("times", 1)) {}
    Outcome run(Context& ctx) override {
        effects_.note(ctx);
        if (ctx.attempt() <= times_) return stepd::transient("not_yet", "the first attempts fail");
        return added(ctx);
    }

private:
    const Effects effects_;
    const int times_;
};

}  // namespace

STEPD_EXPORT_PLUGIN("torture", "1.0.0", Add, Shaky)
