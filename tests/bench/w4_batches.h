#pragma once

#include <string>

#include "store/store.h"
#include "support/store_samples.h"

namespace stepd::test {

/// An event of 400 bytes, and nothing else.
inline store::Batch ingest(std::int64_t id) {
    store::Admission admission{sampleEvent(id), {}, {}};
    admission.event.data = "{\"text\":\"" + std::string(389, 'x') + "\"}";
    return {{std::move(admission)}};
}

/// Four steps of 200 bytes each, one commit between them, as the engine does it (performance.md, W4).
inline store::Batch fourSteps(std::int64_t id, RevisionId revision, int stage) {
    store::Batch batch;
    Run run = sampleRun(id, id, revision);
    run.state = RunState::Running;
    run.startedAt = at(id);
    const auto begun = [&](std::int32_t number) {
        StepRecord step = sampleStep(number, StepState::Running);
        step.attempts = 1;
        step.startedAt = step.attemptStartedAt = at(id);
        return step;
    };
    if (stage == 0) {
        batch = ingest(id);
        std::get<store::Admission>(batch.changes[0]).runs = {{run, {}, {begun(0)}, {}}};
        return batch;
    }
    const std::int32_t ended = stage - 1;
    StepRecord step = begun(ended);
    step.state = StepState::Completed;
    step.finishedAt = at(id);
    step.output = "{\"text\":\"" + std::string(189, 'x') + "\"}";
    batch.changes = {store::StepChange{{id}, StepState::Running, step}};
    if (stage < 4) {
        batch.changes.emplace_back(store::StepChange{{id}, {}, begun(stage)});
    } else {
        run.state = RunState::Completed;
        run.finishedAt = at(id);
        run.output = step.output;
        batch.changes.emplace_back(store::RunChange{RunState::Running, run});
    }
    return batch;
}

}  // namespace stepd::test
