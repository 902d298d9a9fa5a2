#include "host/health_round.h"

#include <utility>

#include "host/health_answer.h"

namespace stepd::host {
namespace {

const PluginHealth kSilent{HealthState::Unhealthy, "does not answer", {}};

}  // namespace

void HealthRound::begin(const PluginDescription& description, std::shared_ptr<const std::string> config) {
    const Instant now = loop_.now();
    if (options_.healthTimeout == 0s) return;
    const bool fresh = began_ && now - *began_ < options_.healthMaxAge;
    if (fresh || step_ || description.steps.empty()) return;
    began_ = now;
    worst_ = {};
    steps_.clear();
    for (const auto& step : description.steps) steps_.push_back(step.type);
    config_ = std::move(config);
    step_ = 0;
    goOn();
}

void HealthRound::goOn() {
    if (!step_ || awaited_) return;
    Job job{.kind = CallKind::Health, .call = {}, .config = config_, .done = [this](const StepResult& result) {
                answered(result);
            }};
    job.call.step = steps_[*step_];
    job.call.timeout = options_.healthTimeout;
    // The worker is let alone, so the end of the call may be far away.
    timer_ = loop_.after(options_.healthTimeout, [this] {
        health_ = kSilent;
        parts_.changed();
    });
    awaited_ = true;
    if (parts_.start(std::move(job))) return;
    awaited_ = false;
    loop_.cancel(timer_);
}

void HealthRound::answered(const StepResult& result) {
    loop_.cancel(timer_);
    awaited_ = false;
    PluginHealth answer = result.outcome == OutcomeClass::Timeout ? kSilent : readHealth(result);
    if (answer.state > worst_.state) worst_ = std::move(answer);
    if (++*step_ < steps_.size()) return;  // the next one when the worker is free
    step_.reset();
    health_ = std::move(worst_);
    parts_.changed();
}

}  // namespace stepd::host
