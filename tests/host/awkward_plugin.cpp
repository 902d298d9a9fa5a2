// A plugin that is slow to say how it is, and that asks for too much.
#include <unistd.h>

#include <stepd/step.h>

namespace {

using stepd::Context;
using stepd::Json;
using stepd::Outcome;

/// Ends after half a second, or when it is told to; never says how it is.
class Slow final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"slow", "1.0.0", "never says how it is", stepd::Threading::Reentrant};
    explicit Slow(const Json&) {}
    Outcome run(Context& ctx) override {
        ctx.waitCancelled(std::chrono::milliseconds(500));
        return stepd::done({{"cancelled", ctx.cancelled()}});
    }
    stepd::Health health() override {
        for (;;) ::pause();
    }
};

/// Posts as many bytes as its input says.
class Post final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"post", "1.0.0", "posts much", stepd::Threading::Reentrant};
    explicit Post(const Json&) {}
    Outcome run(Context& ctx) override {
        const auto reply = ctx.http().post("http://a.test/", std::string(ctx.input().at("bytes"), 'x'));
        return stepd::done({{"failure", reply.failure}, {"message", reply.message}});
    }
};

}  // namespace

STEPD_EXPORT_PLUGIN("awkward", "1.0.0", Slow, Post)
