#include "app/run_log.h"

#include "telemetry/log.h"

namespace stepd::app {
namespace {

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}
std::string runId(const engine::RunRef& run) {
    return publicId(run.run, run.createdAt);
}
std::string eventId(const engine::RunRef& run) {
    return publicId(run.event, run.eventReceivedAt);
}

}  // namespace

void RunLog::runChanged(const engine::RunNotice& notice) {
    if (!isTerminal(notice.state)) return;
    progress_.forget(notice.run.run);
    const std::string state(toString(notice.state));
    counter("stepd_runs_total", "Runs that ended.", {{"pipeline", notice.run.pipeline}, {"state", state}}).add();
    const auto level = notice.state == RunState::Completed || notice.state == RunState::Cancelled ? log::Level::Info
                                                                                                  : log::Level::Error;
    log::write(level, "run " + state,
               {{"request_id", notice.run.requestId},
                {"event_id", eventId(notice.run)},
                {"run_id", runId(notice.run)},
                {"pipeline", notice.run.pipeline},
                {"seconds", seconds(notice.took)},
                {"error", notice.error}});
}

void RunLog::stepChanged(const engine::StepNotice& notice) {
    if (!isTerminal(notice.state) && notice.state != StepState::Waiting) return;
    // A step that waits for its next attempt, not one that sleeps or listens.
    const bool bad = notice.state == StepState::Failed || (notice.state == StepState::Waiting && notice.error);
    log::write(bad ? log::Level::Warning : log::Level::Debug, "step " + std::string(toString(notice.state)),
               {{"request_id", notice.run.requestId},
                {"event_id", eventId(notice.run)},
                {"run_id", runId(notice.run)},
                {"step", notice.step},
                {"attempt", notice.attempts},
                {"class", notice.error ? toString(notice.error->outcome) : ""},
                {"code", notice.error ? notice.error->code : ""},
                {"error", notice.error ? notice.error->message : ""},
                {"next_in_seconds", notice.nextIn ? seconds(*notice.nextIn) : 0.0},
                {"verdict", notice.verdict}});
}

void RunLog::attemptChanged(const engine::AttemptNotice& notice) {
    if (!notice.outcome) return;
    const std::string outcome(toString(*notice.outcome));
    counter("stepd_attempts_total", "Attempts that ended.", {{"plugin", notice.plugin}, {"outcome", outcome}}).add();
    auto& histogram = attemptSeconds_[notice.plugin];
    if (histogram == nullptr)
        histogram = &metrics_.histogram("stepd_attempt_seconds", "Time of attempts.", {{"plugin", notice.plugin}});
    histogram->observe(seconds(notice.took));
    log::debug("attempt ended", {{"request_id", notice.run.requestId},
                                 {"event_id", eventId(notice.run)},
                                 {"run_id", runId(notice.run)},
                                 {"step", notice.step},
                                 {"attempt", notice.number},
                                 {"plugin", notice.plugin},
                                 {"outcome", outcome},
                                 {"code", notice.code},
                                 {"seconds", seconds(notice.took)}});
}

void RunLog::progressed(const engine::RunRef& run, std::string_view step, double fraction, std::string_view message) {
    progress_.set(run.run, std::string(step), {fraction, std::string(message)});
}

void RunLog::triggerFailed(std::string_view pipeline, std::string_view event, std::string_view problem) {
    log::warning("trigger could not be evaluated", {{"pipeline", pipeline}, {"event", event}, {"error", problem}});
}

void RunLog::violated(std::string_view sentence) {
    counter("stepd_engine_violations_total", "Broken invariants that the engine found and repaired.", {}).add();
    log::error("the engine found and repaired what should never be", {{"violation", sentence}});
}

void RunLog::runSkipped(std::string_view pipeline, std::string_view event, std::string_view why) {
    // The part of flow control that the sentence begins with: outside text must not become a label.
    const std::string reason(why.substr(0, why.find_first_not_of("abcdefghijklmnopqrstuvwxyz_")));
    counter("stepd_runs_skipped_total", "Runs that flow control did not start for an event that matched.",
            {{"pipeline", std::string(pipeline)}, {"reason", reason}})
        .add();
    log::info("event starts no run", {{"pipeline", pipeline}, {"event", event}, {"why", why}});
}

Metrics::Counter& RunLog::counter(const std::string& name, const std::string& help, const Metrics::Labels& labels) {
    auto& known = counters_[{name, labels}];
    if (known == nullptr) known = &metrics_.counter(name, help, labels);
    return *known;
}

}  // namespace stepd::app
