// Compiled once for each BUILD, so that there are builds of one plugin which can be told apart by what they answer.
#include <stepd/step.h>

using stepd::Context;
using stepd::Outcome;

namespace {

/// Says which build it is.
class Which final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"which", STEPD_TEST_BUILD, "says which build it is"};
    explicit Which(const stepd::Json& options) : options_(options) {}
    Outcome run(Context&) override { return stepd::done({{"build", STEPD_TEST_BUILD}, {"options", options_}}); }

private:
    const stepd::Json options_;
};

/// Goes on until it is cancelled, and is done then.
class Wait final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"wait", STEPD_TEST_BUILD, "waits to be cancelled"};
    explicit Wait(const stepd::Json&) {}
    Outcome run(Context& ctx) override {
        ctx.progress(0, "waiting");
        ctx.waitCancelled(std::chrono::hours(1));
        return stepd::done({{"build", STEPD_TEST_BUILD}});
    }
};

}  // namespace

STEPD_EXPORT_PLUGIN("versioned", STEPD_TEST_BUILD, Which, Wait)
