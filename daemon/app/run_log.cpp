#include "app/run_log.h"

#include "telemetry/log.h"

namespace stepd::app {
namespace {

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

void RunLog::runChanged(const engine::RunNotice& notice) {
    if (!isTerminal(notice.state)) return;
    const engine::RunRef& run = *notice.run;
    progress_.forget(run.run);
    count(runs_, run.pipeline, toString(notice.state));
    const bool calm = notice.state == RunState::Completed || notice.state == RunState::Cancelled;
    const auto level = calm ? log::Level::Info : log::Level::Error;
    if (!log::wanted(level)) return;
    log::write(level, "run " + std::string(toString(notice.state)),
               {{"request_id", run.requestId},
                {"event_id", run.publicEvent},
                {"run_id", run.publicRun},
                {"pipeline", run.pipeline},
                {"seconds", seconds(notice.took)},
                {"error", notice.error}});
}

void RunLog::stepChanged(const engine::StepNotice& notice) {
    if (!isTerminal(notice.state) && notice.state != StepState::Waiting) return;
    // A step that waits for its next attempt, not one that sleeps or listens.
    const bool bad = notice.state == StepState::Failed || (notice.state == StepState::Waiting && notice.error);
    const auto level = bad ? log::Level::Warning : log::Level::Debug;
    if (!log::wanted(level)) return;
    log::write(level, "step " + std::string(toString(notice.state)),
               {{"request_id", notice.run->requestId},
                {"event_id", notice.run->publicEvent},
                {"run_id", notice.run->publicRun},
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
    count(attempts_, notice.plugin, toString(*notice.outcome));
    auto histogram = attemptSeconds_.find(notice.plugin);
    if (histogram == attemptSeconds_.end())
        histogram = attemptSeconds_
                        .emplace(notice.plugin, &metrics_.histogram("stepd_attempt_seconds", "Time of attempts.",
                                                                    {{"plugin", notice.plugin}}))
                        .first;
    histogram->second->observe(seconds(notice.took));
    if (!log::wanted(log::Level::Debug)) return;
    log::debug("attempt ended", {{"request_id", notice.run->requestId},
                                 {"event_id", notice.run->publicEvent},
                                 {"run_id", notice.run->publicRun},
                                 {"step", notice.step},
                                 {"attempt", notice.number},
                                 {"plugin", notice.plugin},
                                 {"outcome", toString(*notice.outcome)},
                                 {"code", notice.code},
                                 {"seconds", seconds(notice.took)}});
}

void RunLog::progressed(const engine::RunRef& run, std::string_view step, double fraction, std::string_view message) {
    progress_.set(run.run, std::string(step), {fraction, std::string(message)});
}

void RunLog::triggerFailed(std::string_view pipeline, std::string_view event, std::string_view problem) {
    log::warning("trigger could not be evaluated", {{"pipeline", pipeline}, {"event", event}, {"error", problem}});
}

RunLog::PluginUse& RunLog::useOf(std::string_view plugin) {
    const auto known = uses_.find(plugin);
    if (known != uses_.end()) return known->second;
    const std::string name(plugin);
    const Metrics::Labels label{{"plugin", name}};
    PluginUse use{metrics_.counter("stepd_plugin_cpu_seconds_total", "Processor time of calls.", label),
                  metrics_.counter("stepd_plugin_bytes_in_total", "Bytes handed to calls.", label),
                  metrics_.counter("stepd_plugin_bytes_out_total", "Bytes that calls brought back.", label),
                  metrics_.counter("stepd_plugin_host_calls_total", "Services of the host that calls used.", label),
                  metrics_.gauge("stepd_plugin_peak_rss_bytes",
                                 "Most memory that a worker of the plugin had, since the start of stepd.", label)};
    return uses_.emplace(name, use).first->second;
}

void RunLog::used(std::string_view plugin, const Receipt& receipt) {
    PluginUse& use = useOf(plugin);
    use.cpuSeconds.add(seconds(receipt.cpu));
    use.bytesIn.add(static_cast<double>(receipt.bytesIn));
    use.bytesOut.add(static_cast<double>(receipt.bytesOut));
    if (receipt.hostCalls != 0) use.hostCalls.add(receipt.hostCalls);
    if (receipt.peakRss <= use.mostRss) return;
    use.mostRss = receipt.peakRss;
    use.peakRss.set(static_cast<double>(receipt.peakRss));
}

void RunLog::violated(std::string_view sentence) {
    metrics_.counter("stepd_engine_violations_total", "Broken invariants that the engine found and repaired.", {})
        .add();
    log::error("the engine found and repaired what should never be", {{"violation", sentence}});
}

void RunLog::runSkipped(std::string_view pipeline, std::string_view event, std::string_view why) {
    // The part of flow control that the sentence begins with: outside text must not become a label.
    count(skipped_, pipeline, why.substr(0, why.find_first_not_of("abcdefghijklmnopqrstuvwxyz_")));
    log::info("event starts no run", {{"pipeline", pipeline}, {"event", event}, {"why", why}});
}

void RunLog::count(Counters& counters, std::string_view first, std::string_view second) {
    auto outer = counters.known.find(first);
    if (outer == counters.known.end()) outer = counters.known.try_emplace(std::string(first)).first;
    auto inner = outer->second.find(second);
    if (inner == outer->second.end())
        inner = outer->second
                    .emplace(std::string(second), &metrics_.counter(counters.name, counters.help,
                                                                    {{counters.first, std::string(first)},
                                                                     {counters.second, std::string(second)}}))
                    .first;
    inner->second->add();
}

}  // namespace stepd::app
