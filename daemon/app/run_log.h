#pragma once

#include <map>
#include <string>

#include "api/progress_board.h"
#include "engine/observer.h"
#include "telemetry/metrics.h"

namespace stepd::app {

/// What people see of runs as they go: log lines, metrics, and the progress of running steps. Engine thread only.
class RunLog final : public engine::RunObserver {
public:
    RunLog(Metrics& metrics, api::ProgressBoard& progress) : metrics_(metrics), progress_(progress) {}

    void runChanged(const engine::RunNotice& notice) override;
    void stepChanged(const engine::StepNotice& notice) override;
    void attemptChanged(const engine::AttemptNotice& notice) override;
    void progressed(const engine::RunRef& run, std::string_view step, double fraction,
                    std::string_view message) override;
    void triggerFailed(std::string_view pipeline, std::string_view event, std::string_view problem) override;
    void used(std::string_view plugin, const Receipt& receipt) override;
    void violated(std::string_view sentence) override;
    void runSkipped(std::string_view pipeline, std::string_view event, std::string_view why) override;

private:
    /// Counters of one name with two labels, found by their values without making a text.
    struct Counters {
        const char* name;
        const char* help;
        const char* first;   ///< label
        const char* second;  ///< label
        std::map<std::string, std::map<std::string, Metrics::Counter*, std::less<>>, std::less<>> known{};
    };
    void count(Counters& counters, std::string_view first, std::string_view second);

    struct PluginUse {
        Metrics::Counter& cpuSeconds;
        Metrics::Counter& bytesIn;
        Metrics::Counter& bytesOut;
        Metrics::Counter& hostCalls;
        Metrics::Gauge& peakRss;
        std::uint64_t mostRss = 0;
    };
    PluginUse& useOf(std::string_view plugin);

    Metrics& metrics_;
    api::ProgressBoard& progress_;
    Counters runs_{"stepd_runs_total", "Runs that ended.", "pipeline", "state"};
    Counters attempts_{"stepd_attempts_total", "Attempts that ended.", "plugin", "outcome"};
    Counters skipped_{"stepd_runs_skipped_total", "Runs that flow control did not start for an event that matched.",
                      "pipeline", "reason"};
    std::map<std::string, Metrics::Histogram*, std::less<>> attemptSeconds_;  ///< by plugin
    std::map<std::string, PluginUse, std::less<>> uses_;                      ///< by plugin
};

}  // namespace stepd::app
