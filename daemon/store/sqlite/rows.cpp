#include "store/sqlite/rows.h"

#include "json/json_text.h"
#include "json/writer.h"

namespace stepd::store {
namespace {

std::vector<std::string> readLanes(const std::string& text) {
    std::vector<std::string> lanes;
    if (text.empty()) return lanes;
    for (const auto item : json::itemsOf(text).value_or(std::vector<std::string_view>{}))
        lanes.push_back(json::stringOf(item).value_or(""));
    return lanes;
}

/// Its columns lie together, from `at` on.
Receipt readReceipt(const Rows& row, int at) {
    return {.cpu = std::chrono::microseconds(row.integer(at)),
            .peakRss = static_cast<std::uint64_t>(row.integer(at + 1)) << 10,
            .bytesIn = static_cast<std::uint64_t>(row.integer(at + 2)),
            .bytesOut = static_cast<std::uint64_t>(row.integer(at + 3)),
            .hostCalls = static_cast<std::uint32_t>(row.integer(at + 4))};
}

}  // namespace

std::string nameOf(EventId event) {
    return "event " + std::to_string(event.value);
}
std::string nameOf(RunId run) {
    return "run " + std::to_string(run.value);
}
std::string nameOf(RunId run, std::int32_t step) {
    return step < 0 ? nameOf(run) : nameOf(run) + " step " + std::to_string(step);
}
std::string nameOf(RunId run, const AttemptRecord& attempt) {
    return nameOf(run, attempt.step) + " attempt " + std::to_string(attempt.number);
}

std::string unfinishedRuns(Parked parked) {
    std::string sql;
    for (const auto state : {RunState::Queued, RunState::Running, RunState::Waiting})
        sql += std::string(sql.empty() ? "" : " UNION ALL ") +
               "SELECT id FROM runs WHERE parked = " + (parked == Parked::Yes ? "1" : "0") +
               " AND state = " + std::to_string(static_cast<int>(state)) + " AND state <> 10 AND id > ?1";
    return sql + " ORDER BY id";
}

std::string lanesText(const std::vector<std::string>& lanes) {
    if (lanes.empty()) return {};
    json::Writer out;
    out.beginArray();
    for (const auto& lane : lanes) out.string(lane);
    return out.endArray().take();
}

std::int64_t stepKey(RunId run, std::int32_t number) {
    if (number < 0 || number > 0xffff)
        throw Refused(nameOf(run) + " step " + std::to_string(number) + ": a step's number is from 0 to 65535");
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
    event.skipped = row.text(at + 7);
    event.data = row.text(at + 8);
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
    run.attempt = row.integer32(at + 10);
    run.rerunOf = {row.integer(at + 11)};
    run.parent = {row.integer(at + 12)};
    run.parentStep = row.integer32(at + 13);
    run.priority = row.integer32(at + 14);
    run.parked = row.integer(at + 15) != 0;
    run.wakeAt = row.optionalTime(at + 16);
    if (!row.isNull(at + 17)) run.ending = static_cast<RunState>(row.integer(at + 17));
    run.lanes = readLanes(row.text(at + 18));
    run.plugins = {row.integer(at + 19)};
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
    step.memo = row.text(17);
    step.givenInput = row.text(18);
    step.attemptStartedAt = row.optionalTime(19);
    if (!step.attemptStartedAt && step.attempts > 0) step.attemptStartedAt = step.startedAt;
    step.receipt = readReceipt(row, 20);
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
    attempt.details = row.text(7);
    attempt.receipt = readReceipt(row, 8);
    return attempt;
}

}  // namespace stepd::store
