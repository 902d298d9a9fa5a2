#include "simulation/mutation.h"

namespace stepd::test {

using namespace store;

namespace {

template <typename Kind, typename Which>
void drop(Batch& batch, Which which) {
    std::erase_if(batch.changes, [&](const Change& change) {
        const auto* one = std::get_if<Kind>(&change);
        return one != nullptr && which(*one);
    });
}

template <typename Kind, typename Edit>
void edit(Batch& batch, Edit edit) {
    for (Change& change : batch.changes)
        if (auto* one = std::get_if<Kind>(&change)) edit(*one);
}

void forgetStart(StepRecord& step) {
    if (step.state == StepState::Running && step.attempts > 0) --step.attempts;
}

void forgetStarts(Batch& batch) {
    edit<StepChange>(batch, [](StepChange& change) { forgetStart(change.step); });
    edit<Admission>(batch, [](Admission& one) {
        for (NewRun& fresh : one.runs)
            for (StepRecord& step : fresh.steps) forgetStart(step);
    });
}

constexpr auto kAll = [](const auto&) { return true; };

}  // namespace

void mutate(Mutation mutation, Batch& batch) {
    switch (mutation) {
        case Mutation::None:
        case Mutation::ActsTooEarly: return;
        case Mutation::SlotKept: return drop<SlotChange>(batch, [](const SlotChange& slot) { return !slot.held; });
        case Mutation::AttemptUnrecorded: return forgetStarts(batch);
        case Mutation::KeyForgotten: return edit<Admission>(batch, [](Admission& one) { one.once.reset(); });
        case Mutation::WakeForgotten: return drop<Wake>(batch, kAll);
        case Mutation::EarLost: return edit<WaitsChange>(batch, [](WaitsChange& change) { change.waits.clear(); });
        case Mutation::RateForgotten: return drop<MomentChange>(batch, kAll);
    }
}

}  // namespace stepd::test
