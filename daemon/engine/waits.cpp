#include "engine/waits.h"

#include "engine/active_run.h"

namespace stepd::engine {

std::vector<Wait> waitsOf(const ActiveRun& run) {
    std::vector<Wait> waits;
    // A run that has ended leaves memory with the answer to its last commit.
    if (run.dirty || run.stage != Stage::Durable || isTerminal(run.record.state))
        waits.push_back({.what = Wait::For::Commit});
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
        const ActiveStep& step = run.steps[i];
        const auto add = [&](Wait::For what, std::optional<Timestamp> until = {}) {
            waits.push_back(
                {.what = what, .step = step.record.name, .plugin = run.driver->rules(run, i).plugin, .until = until});
        };
        switch (step.activity) {
            case Activity::Idle: break;
            case Activity::Ready: add(Wait::For::Slot); break;
            case Activity::Open: add(Wait::For::Call); break;
            case Activity::Sleeping: add(Wait::For::Timer, step.record.wakeAt); break;
        }
    }
    return waits;
}

}  // namespace stepd::engine
