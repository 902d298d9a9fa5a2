// The trivial step of the measurements: about 200 bytes of JSON that say which event they were made for.
#include <string>

#include <stepd/step.h>

namespace {

class Trivial final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"trivial", "1.0.0", "answers at once", stepd::Threading::Reentrant};
    explicit Trivial(const stepd::Json&) {}

    stepd::Outcome run(stepd::Context& ctx) override {
        return stepd::done({{"serial", ctx.input().at("serial")}, {"step", ctx.stepId()}, {"text", text_}});
    }

private:
    const std::string text_ = std::string(150, 'x');
};

}  // namespace

STEPD_EXPORT_STEP(Trivial)
