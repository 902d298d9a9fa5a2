#include "store/sqlite/batch_writer.h"

#include <algorithm>

#include "store/sqlite/rows.h"

namespace stepd::store {
namespace {

/// Inserts a row and returns how many; the sentence names it if it is stored already or what it belongs to is not.
template <typename Name, typename... Values>
std::int64_t insert(Statement& statement, const Name& name, const Values&... values) {
    try {
        return statement.run(values...);
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

/// steps.attempt_started_at: for the first attempt, which starts with its step, nothing is stored.
std::optional<Timestamp> laterStart(const StepRecord& step) {
    return step.attemptStartedAt == step.startedAt ? std::nullopt : step.attemptStartedAt;
}

std::optional<std::int64_t> retryAfterOf(const std::optional<StepError>& error) {
    if (!error || !error->retryAfter) return std::nullopt;
    return error->retryAfter->count();
}

std::int64_t cpuOf(const Receipt& receipt) {
    return std::chrono::duration_cast<std::chrono::microseconds>(receipt.cpu).count();
}

std::int64_t rssOf(const Receipt& receipt) {
    return static_cast<std::int64_t>(receipt.peakRss >> 10);
}

std::optional<PluginSetId> orNull(PluginSetId set) {
    return set ? std::optional(set) : std::nullopt;
}

}  // namespace

BatchWriter::BatchWriter(sqlite3* db)
    : once_(db),
      flow_(db),
      insertEvent_(db,
                   "INSERT INTO events (id, name, external_id, ts, received_at, request_id, user, data, skipped) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insertRun_(db,
                 "INSERT INTO runs (id, event, revision, pipeline, state, created_at, started_at, finished_at, error, "
                 "output, attempt, rerun_of, parent, parent_step, priority, parked, wake_at, ending, lanes, "
                 "plugin_set) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insertStep_(db,
                  // steps.run is computed and cannot be a foreign key.
                  "INSERT INTO steps (id, state, attempts, crashes, lost, started_at, attempt_started_at, finished_at, "
                  "wake_at, name, kind, error_class, error_code, error_message, error_details, retry_after, "
                  "resume_token, output, memo, given_input, cpu_us, peak_rss_kib, bytes_in, bytes_out, host_calls) "
                  "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
                  "?21, ?22, ?23, ?24, ?25 "
                  "WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1 >> 16)"),
      insertAttempt_(db,
                     "INSERT INTO attempts (step, number, started_at, finished_at, outcome, code, message, details, "
                     "cpu_us, peak_rss_kib, bytes_in, bytes_out, host_calls) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insertPluginSet_(db, "INSERT INTO plugin_sets (id, builds) VALUES (?, ?)"),
      insertWait_(db,
                  "INSERT INTO waits (run, step, signal, family, rank) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
      insertRunEvent_(db, "INSERT INTO run_events (run, event) VALUES (?, ?)"),
      copyRunEvents_(db, "INSERT INTO run_events (run, event) SELECT ?, event FROM run_events WHERE run = ?"),
      updateRun_(db,
                 "UPDATE runs SET state = ?, started_at = ?, finished_at = ?, error = ?, output = ?, parked = ?, "
                 "wake_at = ?, ending = ? WHERE id = ? AND state = ?"),
      updateStep_(db,
                  "UPDATE steps SET state = ?, attempts = ?, crashes = ?, lost = ?, started_at = ?, "
                  "attempt_started_at = ?, finished_at = ?, wake_at = ?, error_class = ?, error_code = ?, "
                  "error_message = ?, error_details = ?, retry_after = ?, resume_token = ?, output = ?, memo = ?, "
                  "given_input = ?, cpu_us = ?, peak_rss_kib = ?, bytes_in = ?, bytes_out = ?, host_calls = ? "
                  "WHERE id = ? AND state = ? AND attempts <= ?"),
      deleteWaits_(db, "DELETE FROM waits WHERE run = ?"),
      collect_(db, "UPDATE runs SET wake_at = ?1 WHERE id = ?2 AND state = 0 AND parked = 1 AND event < ?3"),
      replaceEvent_(db,
                    "UPDATE runs SET wake_at = ?1, event = ?3 "
                    "WHERE id = ?2 AND state = 0 AND parked = 1 AND event < ?3"),
      wake_(db, "UPDATE runs SET wake_at = min(coalesce(wake_at, ?1), ?1) WHERE id = ?2 AND parked = 1 AND state < 10"),
      runState_(db, "SELECT state FROM runs WHERE id = ?") {}

void BatchWriter::write(const Batch& batch) {
    for (const auto& change : batch.changes)
        std::visit(
            [this](const auto& one) {
                if constexpr (requires { flow_.carryOut(one); }) {
                    flow_.carryOut(one);
                } else {
                    carryOut(one);
                }
            },
            change);
}

void BatchWriter::prune() {
    once_.prune(newest_);
    flow_.prune(newest_);
}

void BatchWriter::carryOut(const Admission& admission) {
    const Event& event = admission.event;
    newest_ = std::max(newest_, event.receivedAt);
    if (admission.once) once_.take(*admission.once, event.id.value, event.receivedAt);
    insert(
        insertEvent_, [&] { return nameOf(event.id); }, event.id, event.name, event.externalId, event.ts,
        event.receivedAt, event.requestId, event.user, event.data, event.skipped);
    for (const auto& fresh : admission.runs) {
        if (fresh.run.event != event.id)
            throw Refused(nameOf(fresh.run.id) + " does not belong to " + nameOf(event.id));
        admit(fresh);
    }
}

void BatchWriter::carryOut(const RunAdmission& admission) {
    const Run& run = admission.fresh.run;
    admit(admission.fresh);
    if (run.rerunOf) copyRunEvents_.run(run.id, run.rerunOf);
}

void BatchWriter::admit(const NewRun& fresh) {
    const Run& run = fresh.run;
    if (fresh.once) once_.take(*fresh.once, run.id.value, run.createdAt);
    insert(
        insertRun_, [&] { return nameOf(run.id); }, run.id, run.event, run.revision, run.pipeline, run.state,
        run.createdAt, run.startedAt, run.finishedAt, run.error, run.output, run.attempt, run.rerunOf, run.parent,
        run.parentStep, run.priority, run.parked, run.wakeAt, run.ending, lanesText(run.lanes), orNull(run.plugins));
    for (const auto& step : fresh.steps) insertStep(run.id, step);
    for (const auto& wait : fresh.waits) insertWait(run.id, wait);
}

void BatchWriter::carryOut(const RunChange& change) {
    const Run& run = change.run;
    if (updateRun_.run(run.state, run.startedAt, run.finishedAt, run.error, run.output, run.parked, run.wakeAt,
                       run.ending, run.id, change.from) != 1)
        throw Refused(nameOf(run.id) + " is not " + std::string(toString(change.from)) + " as expected");
    if (isTerminal(run.state)) deleteWaits_.run(run.id);
}

void BatchWriter::carryOut(const StepChange& change) {
    const StepRecord& step = change.step;
    newest_ = std::max(newest_, step.finishedAt.value_or(newest_));
    if (!change.from) return insertStep(change.run, step);
    const auto changed = updateStep_.run(
        step.state, step.attempts, step.crashes, step.lost, step.startedAt, laterStart(step), step.finishedAt,
        step.wakeAt, ofError(step.error, &StepError::outcome), textOfError(step.error, &StepError::code),
        textOfError(step.error, &StepError::message), textOfError(step.error, &StepError::details),
        retryAfterOf(step.error), step.resumeToken, step.output, step.memo, step.givenInput, cpuOf(step.receipt),
        rssOf(step.receipt), step.receipt.bytesIn, step.receipt.bytesOut, step.receipt.hostCalls,
        stepKey(change.run, step.number), *change.from, step.attempts);
    if (changed != 1)
        throw Refused(nameOf(change.run, step.number) + " is not " + std::string(toString(*change.from)) +
                      " as expected");
}

void BatchWriter::carryOut(const AttemptEnd& change) {
    const AttemptRecord& attempt = change.attempt;
    if (!attempt.finishedAt) throw Refused(nameOf(change.run, attempt) + " has not ended");
    insert(
        insertAttempt_, [&] { return nameOf(change.run, attempt); }, stepKey(change.run, attempt.step), attempt.number,
        attempt.startedAt, attempt.finishedAt, attempt.outcome, attempt.code, attempt.message, attempt.details,
        cpuOf(attempt.receipt), rssOf(attempt.receipt), attempt.receipt.bytesIn, attempt.receipt.bytesOut,
        attempt.receipt.hostCalls);
    newest_ = std::max(newest_, *attempt.finishedAt);
}

void BatchWriter::carryOut(const WaitsChange& change) {
    deleteWaits_.run(change.run);
    if (change.waits.empty()) return;
    {
        Rows run = runState_.query(change.run);
        if (!run.next()) throw Refused(nameOf(change.run) + " is not stored");
        if (isTerminal(static_cast<RunState>(run.integer(0))))
            throw Refused(nameOf(change.run) + " has ended and waits for nothing");
    }
    for (const auto& wait : change.waits) insertWait(change.run, wait);
}

void BatchWriter::carryOut(const Collect& change) {
    Statement& statement = change.replace ? replaceEvent_ : collect_;
    try {
        if (statement.run(change.wakeAt, change.run, change.event) != 1) throw Refused("it is not its turn");
        if (!change.replace) insertRunEvent_.run(change.run, change.event);
    } catch (const Refused& refused) {
        throw Refused(nameOf(change.run) + " does not collect " + nameOf(change.event) + ": " + refused.what());
    }
}

void BatchWriter::carryOut(const Wake& change) {
    wake_.run(change.now, change.run);
}

void BatchWriter::carryOut(const PluginSet& set) {
    insert(
        insertPluginSet_, [&] { return "plugin set " + std::to_string(set.id.value); }, set.id, set.builds);
}

void BatchWriter::insertStep(RunId run, const StepRecord& step) {
    const auto inserted = insert(
        insertStep_, [&] { return nameOf(run, step.number); }, stepKey(run, step.number), step.state, step.attempts,
        step.crashes, step.lost, step.startedAt, laterStart(step), step.finishedAt, step.wakeAt, step.name, step.kind,
        ofError(step.error, &StepError::outcome), textOfError(step.error, &StepError::code),
        textOfError(step.error, &StepError::message), textOfError(step.error, &StepError::details),
        retryAfterOf(step.error), step.resumeToken, step.output, step.memo, step.givenInput, cpuOf(step.receipt),
        rssOf(step.receipt), step.receipt.bytesIn, step.receipt.bytesOut, step.receipt.hostCalls);
    if (inserted != 1) throw Refused(nameOf(run) + " is not stored");
}

void BatchWriter::insertWait(RunId run, const Wait& wait) {
    insertWait_.run(run, wait.step, wait.signal, wait.family, wait.rank);
}

}  // namespace stepd::store
