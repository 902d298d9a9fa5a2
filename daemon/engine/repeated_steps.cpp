#include "engine/repeated_steps.h"

#include <utility>

namespace stepd::engine {

std::vector<StepRecord> repeatedSteps(Rerun& rerun) {
    std::vector<StepRecord> steps;
    std::int32_t number = 0;
    for (StepRecord& kept : rerun.kept) {
        kept.number = number++;
        // That of a foreach holds its items, by which the records below it are found.
        if (kept.kind != "foreach") kept.memo = "\"kept\"";
        kept.receipt = {};  // another run has paid
        steps.push_back(std::move(kept));
    }
    if (rerun.input) {
        StepRecord given;
        given.number = number;
        given.name = rerun.input->step;
        given.kind = "plugin";
        given.givenInput = rerun.input->json;
        steps.push_back(std::move(given));
    }
    return steps;
}

}  // namespace stepd::engine
