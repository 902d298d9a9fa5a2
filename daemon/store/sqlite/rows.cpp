#include "store/sqlite/rows.h"

namespace stepd::store {

std::int64_t stepKey(RunId run, std::int32_t number) {
    if (number < 0 || number > 0xffff)
        throw Refused("run " + std::to_string(run.value) + " step " + std::to_string(number) +
                      ": a step's number is from 0 to 65535");
    return run.value << 16 | number;
}

Event readEvent(const Rows& row, int at) {
    Event event;
    event.id = {row.integer(at)};
    event.name = row.text(at + 1);
    event.externalId = row.text(at + 2);
    event.ts = row.time(at + 3);
    event.receivedAt = row.time(at + 4);
    event.requestId = row.text(at + 5);
    event.user = row.text(at + 6);
    event.data = row.text(at + 7);
    return event;
}

Run readRun(const Rows& row, int at) {
    Run run;
    run.id = {row.integer(at)};
    run.event = {row.integer(at + 1)};
    run.revision = {row.integer(at + 2)};
    run.pipeline = row.text(at + 3);
    run.state = static_cast<RunState>(row.integer(at + 4));
    run.createdAt = row.time(at + 5);
    run.startedAt = row.optionalTime(at + 6);
    run.finishedAt = row.optionalTime(at + 7);
    run.error = row.text(at + 8);
    run.output = row.text(at + 9);
    return run;
}

StepRecord readStep(const Rows& row) {
    StepRecord step;
    step.number = static_cast<std::int32_t>(row.integer(0) & 0xffff);
    step.state = static_cast<StepState>(row.integer(1));
    step.attempts = row.integer32(2);
    step.crashes = row.integer32(3);
    step.lost = row.integer32(4);
    step.startedAt = row.optionalTime(5);
    step.finishedAt = row.optionalTime(6);
    step.wakeAt = row.optionalTime(7);
    step.name = row.text(8);
    step.kind = row.text(9);
    if (!row.isNull(10)) {
        step.error =
            StepError{static_cast<OutcomeClass>(row.integer(10)), row.text(11), row.text(12), row.text(13), {}};
        if (!row.isNull(14)) step.error->retryAfter = Duration(row.integer(14));
    }
    step.resumeToken = row.text(15);
    step.output = row.text(16);
    return step;
}

AttemptRecord readAttempt(const Rows& row) {
    AttemptRecord attempt;
    attempt.step = static_cast<std::int32_t>(row.integer(0) & 0xffff);
    attempt.number = row.integer32(1);
    attempt.startedAt = row.time(2);
    attempt.finishedAt = row.optionalTime(3);
    if (!row.isNull(4)) attempt.outcome = static_cast<OutcomeClass>(row.integer(4));
    attempt.code = row.text(5);
    attempt.message = row.text(6);
    return attempt;
}

}  // namespace stepd::store
