#include "store/sqlite/batch_writer.h"

#include "store/sqlite/rows.h"

namespace stepd::store {
namespace {

std::string nameOf(EventId event) {
    return "event " + std::to_string(event.value);
}
std::string nameOf(RunId run) {
    return "run " + std::to_string(run.value);
}
std::string nameOf(RunId run, std::int32_t step) {
    return nameOf(run) + " step " + std::to_string(step);
}
std::string nameOf(RunId run, const AttemptRecord& attempt) {
    return nameOf(run, attempt.step) + " attempt " + std::to_string(attempt.number);
}

/// Inserts a row; the sentence names it if it is stored already or what it belongs to is not.
template <typename Name, typename... Values>
void insert(Statement& statement, const Name& name, const Values&... values) {
    try {
        statement.run(values...);
    } catch (const Refused& refused) {
        throw Refused(name() + " cannot be stored: " + refused.what());
    }
}

template <typename Member>
auto ofError(const std::optional<StepError>& error, Member StepError::*member) {
    return error ? std::optional((*error).*member) : std::nullopt;
}

std::optional<std::string_view> textOfError(const std::optional<StepError>& error, std::string StepError::*member) {
    return error ? std::optional<std::string_view>((*error).*member) : std::nullopt;
}

std::optional<std::int64_t> retryAfterOf(const std::optional<StepError>& error) {
    if (!error || !error->retryAfter) return std::nullopt;
    return error->retryAfter->count();
}

}  // namespace

BatchWriter::BatchWriter(sqlite3* db)
    : once_(db),
      insertEvent_(db,
                   "INSERT INTO events (id, name, external_id, ts, received_at, request_id, user, data) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      insertRun_(db,
                 "INSERT INTO runs (id, event, revision, pipeline, state, created_at, started_at, finished_at, error, "
                 "output) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insertStep_(
          db,
          "INSERT INTO steps (id, state, attempts, crashes, lost, started_at, finished_at, wake_at, name, kind, "
          "error_class, error_code, error_message, error_details, retry_after, resume_token, output) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insertAttempt_(db,
                     "INSERT INTO attempts (step, number, started_at, finished_at, outcome, code, message) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      updateRun_(db,
                 "UPDATE runs SET state = ?, started_at = ?, finished_at = ?, error = ?, output = ? "
                 "WHERE id = ? AND state = ?"),
      updateStep_(db,
                  "UPDATE steps SET state = ?, attempts = ?, crashes = ?, lost = ?, started_at = ?, finished_at = ?, "
                  "wake_at = ?, "
                  "error_class = ?, error_code = ?, error_message = ?, error_details = ?, retry_after = ?, "
                  "resume_token = ?, output = ? WHERE id = ? AND state = ? AND attempts <= ?"),
      endAttempt_(db,
                  "UPDATE attempts SET finished_at = ?, outcome = ?, code = ?, message = ? "
                  "WHERE step = ? AND number = ? AND finished_at IS NULL"),
      eventTime_(db, "SELECT received_at FROM events WHERE id = ?"),
      runsOfEvent_(db, "SELECT id, created_at, pipeline FROM runs WHERE event = ? ORDER BY id"),
      runBrief_(db, "SELECT id, created_at, pipeline FROM runs WHERE id = ?") {}

Committed BatchWriter::write(const Batch& batch) {
    Committed committed;
    for (const auto& change : batch.changes) std::visit([&](const auto& one) { carryOut(one, committed); }, change);
    return committed;
}

void BatchWriter::carryOut(const Admission& admission, Committed& committed) {
    const Event& event = admission.event;
    if (admission.once) {
        if (const auto holder = once_.take(*admission.once, event.id.value, event.receivedAt)) {
            committed.admitted.push_back(duplicateOf(*holder));
            return;
        }
    }
    insert(
        insertEvent_, [&] { return nameOf(event.id); }, event.id, event.name, event.externalId, event.ts,
        event.receivedAt, event.requestId, event.user, event.data);
    Admitted admitted;
    admitted.runs.reserve(admission.runs.size());
    for (const auto& fresh : admission.runs) admitted.runs.push_back(admit(fresh, event.id));
    committed.admitted.push_back(std::move(admitted));
}

Admitted BatchWriter::duplicateOf(std::int64_t event) {
    Admitted admitted;
    admitted.duplicateOf = EventId{event};
    Rows time = eventTime_.query(event);
    if (!time.next()) throw Refused("a key is held by event " + std::to_string(event) + ", which is not stored");
    admitted.duplicateReceivedAt = time.time(0);
    Rows runs = runsOfEvent_.query(event);
    while (runs.next()) admitted.runs.push_back({{runs.integer(0)}, runs.time(1), true, runs.text(2)});
    return admitted;
}

Admitted::AdmittedRun BatchWriter::admit(const NewRun& fresh, EventId event) {
    const Run& run = fresh.run;
    if (run.event != event) throw Refused(nameOf(run.id) + " does not belong to " + nameOf(event));
    if (fresh.once) {
        if (const auto holder = once_.take(*fresh.once, run.id.value, run.createdAt)) {
            Rows first = runBrief_.query(*holder);
            if (!first.next()) throw Refused("a key is held by " + nameOf(RunId{*holder}) + ", which is not stored");
            return {{first.integer(0)}, first.time(1), true, first.text(2)};
        }
    }
    insert(
        insertRun_, [&] { return nameOf(run.id); }, run.id, run.event, run.revision, run.pipeline, run.state,
        run.createdAt, run.startedAt, run.finishedAt, run.error, run.output);
    for (const auto& step : fresh.steps) insertStep(run.id, step);
    for (const auto& attempt : fresh.attempts) insertAttempt(run.id, attempt);
    return {run.id, run.createdAt, false, run.pipeline};
}

void BatchWriter::carryOut(const RunChange& change, Committed&) {
    const Run& run = change.run;
    if (updateRun_.run(run.state, run.startedAt, run.finishedAt, run.error, run.output, run.id, change.from) != 1)
        throw Refused(nameOf(run.id) + " is not " + std::string(toString(change.from)) + " as expected");
}

void BatchWriter::carryOut(const StepChange& change, Committed&) {
    const StepRecord& step = change.step;
    if (!change.from) {
        // steps.run is computed and cannot be a foreign key.
        if (!runBrief_.query(change.run).next()) throw Refused(nameOf(change.run) + " is not stored");
        return insertStep(change.run, step);
    }
    const auto changed =
        updateStep_.run(step.state, step.attempts, step.crashes, step.lost, step.startedAt, step.finishedAt,
                        step.wakeAt, ofError(step.error, &StepError::outcome),
                        textOfError(step.error, &StepError::code), textOfError(step.error, &StepError::message),
                        textOfError(step.error, &StepError::details), retryAfterOf(step.error), step.resumeToken,
                        step.output, stepKey(change.run, step.number), *change.from, step.attempts);
    if (changed != 1)
        throw Refused(nameOf(change.run, step.number) + " is not " + std::string(toString(*change.from)) +
                      " as expected");
}

void BatchWriter::carryOut(const AttemptStart& change, Committed&) {
    insertAttempt(change.run, change.attempt);
}

void BatchWriter::carryOut(const AttemptEnd& change, Committed&) {
    const AttemptRecord& attempt = change.attempt;
    if (!attempt.finishedAt || endAttempt_.run(attempt.finishedAt, attempt.outcome, attempt.code, attempt.message,
                                               stepKey(change.run, attempt.step), attempt.number) != 1)
        throw Refused(nameOf(change.run, attempt) + " is not open as expected");
}

void BatchWriter::insertStep(RunId run, const StepRecord& step) {
    insert(
        insertStep_, [&] { return nameOf(run, step.number); }, stepKey(run, step.number), step.state, step.attempts,
        step.crashes, step.lost, step.startedAt, step.finishedAt, step.wakeAt, step.name, step.kind,
        ofError(step.error, &StepError::outcome), textOfError(step.error, &StepError::code),
        textOfError(step.error, &StepError::message), textOfError(step.error, &StepError::details),
        retryAfterOf(step.error), step.resumeToken, step.output);
}

void BatchWriter::insertAttempt(RunId run, const AttemptRecord& attempt) {
    insert(
        insertAttempt_, [&] { return nameOf(run, attempt); }, stepKey(run, attempt.step), attempt.number,
        attempt.startedAt, attempt.finishedAt, attempt.outcome, attempt.code, attempt.message);
}

}  // namespace stepd::store
