#pragma once

#include <string>
#include <vector>

#include "model/run.h"
#include "store/sqlite/statement.h"

namespace stepd::store {

// How sentences name what a change is about. Step -1 is the run as a whole.
std::string nameOf(EventId event);
std::string nameOf(RunId run);
std::string nameOf(RunId run, std::int32_t step);
std::string nameOf(RunId run, const AttemptRecord& attempt);

/// A step's key: the steps of a run lie side by side (`migrations/0001_init.sql`). Throws Refused unless the number has
/// 16 bits.
std::int64_t stepKey(RunId run, std::int32_t number);

/// The keys of all steps of a run, both ends included.
struct StepKeys {
    explicit StepKeys(RunId run) : first(run.value << 16), last(first | 0xffff) {}
    std::int64_t first;
    std::int64_t last;
};

// Columns as the readers below expect them, from column `at` on.
inline constexpr const char* kEventColumns =
    "events.id, events.name, events.external_id, events.ts, events.received_at, events.request_id, events.user, "
    "events.skipped, events.data";
inline constexpr const char* kRunColumns =
    "runs.id, runs.event, runs.revision, runs.pipeline, runs.state, runs.created_at, runs.started_at, "
    "runs.finished_at, runs.error, runs.output, runs.attempt, runs.rerun_of, runs.parent, runs.parent_step, "
    "runs.priority, runs.parked, runs.wake_at, runs.ending, runs.lanes, runs.plugin_set";
inline constexpr int kRunWidth = 20;
inline constexpr const char* kStepColumns =
    "id, state, attempts, crashes, lost, started_at, finished_at, wake_at, name, kind, error_class, error_code, "
    "error_message, error_details, retry_after, resume_token, output, memo, given_input, attempt_started_at, cpu_us, "
    "peak_rss_kib, bytes_in, bytes_out, host_calls";
inline constexpr const char* kAttemptColumns =
    "step, number, started_at, finished_at, outcome, code, message, details, cpu_us, peak_rss_kib, bytes_in, "
    "bytes_out, host_calls";

enum class Parked { No, Yes };
/// The keys, as `id`, of unfinished runs that are parked or not, from behind ?1 on, in order. Each state's branch walks
/// the index runs_by_state, and SQLite merges them without sorting a million.
std::string unfinishedRuns(Parked parked);

/// The column `lanes`: a JSON array, or empty where there are none.
std::string lanesText(const std::vector<std::string>& lanes);

Event readEvent(const Rows& row, int at = 0);
Run readRun(const Rows& row, int at = 0);
StepRecord readStep(const Rows& row);
AttemptRecord readAttempt(const Rows& row);

}  // namespace stepd::store
