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
    void violated(std::string_view sentence) override;
    void runSkipped(std::string_view pipeline, std::string_view event, std::string_view why) override;

private:
    Metrics::Counter& counter(const std::string& name, const std::string& help, const Metrics::Labels& labels);

    Metrics& metrics_;
    api::ProgressBoard& progress_;
    std::map<std::pair<std::string, Metrics::Labels>, Metrics::Counter*> counters_;
    std::map<std::string, Metrics::Histogram*> attemptSeconds_;  ///< by plugin
};

}  // namespace stepd::app
