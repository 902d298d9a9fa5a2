// Steps whose effects outlive a crash: each call adds a line to the file that its options name. For end-to-end tests.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <stepd/step.h>

namespace {

using stepd::Context;
using stepd::Json;
using stepd::Outcome;

void note(const Json& options, Context& ctx) {
    const std::string file = options.at("file").get<std::string>();
    const std::string line = std::string(ctx.stepId()) + " " + std::to_string(ctx.attempt()) + " " +
                             std::string(ctx.idempotencyKey()) + "\n";
    const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
    ::close(fd);
}

/// Adds its line and is done.
class Note final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"note", "1.0.0", "adds a line"};
    explicit Note(const Json& options) : options_(options) {}
    Outcome run(Context& ctx) override {
        note(options_, ctx);
        return stepd::done({{"step", std::string(ctx.stepId())}});
    }

private:
    const Json options_;
};

/// Adds its line, then waits until the file `gate` exists.
class Gate final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"gate", "1.0.0", "waits for a file"};
    explicit Gate(const Json& options) : options_(options) {}
    Outcome run(Context& ctx) override {
        note(options_, ctx);
        while (::access(options_.at("gate").get<std::string>().c_str(), F_OK) != 0)
            if (ctx.waitCancelled(std::chrono::milliseconds(5))) return stepd::cancelled("told to stop");
        return stepd::done({{"step", std::string(ctx.stepId())}});
    }

private:
    const Json options_;
};

/// Adds its line and never returns.
class Stuck final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"stuck", "1.0.0", "never returns"};
    explicit Stuck(const Json& options) : options_(options) {}
    Outcome run(Context& ctx) override {
        note(options_, ctx);
        for (;;) ::pause();
    }

private:
    const Json options_;
};

/// Adds its line; the first `times` attempts abort the worker.
class Abort final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"abort", "1.0.0", "kills its worker"};
    explicit Abort(const Json& options) : options_(options) {}
    Outcome run(Context& ctx) override {
        note(options_, ctx);
        if (ctx.attempt() <= options_.value("times", 1)) ::_exit(9);
        return stepd::done({{"attempt", ctx.attempt()}});
    }

private:
    const Json options_;
};

}  // namespace

STEPD_EXPORT_PLUGIN("effects", "1.0.0", Note, Gate, Stuck, Abort)
