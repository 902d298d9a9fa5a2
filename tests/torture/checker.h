#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "torture/run_check.h"

namespace stepd::torture {

/// An event that the daemon acknowledged with a 2xx.
struct Promise {
    std::string event;
    std::string externalId;
    EventId id;  ///< as the answer said; zero where it said none
};

/// Judges what is on the disk when nothing moves any more, against what clients were promised and what plugins did.
/// It is shown all promises and executions first, then all events, then all runs. Knows jobs alone, nothing of how the
/// daemon works. One thread.
class Checker {
public:
    void see(const Promise& promise);
    void see(Execution execution);
    void see(const Event& event);
    void see(const Run& run, std::vector<StepRecord> steps, std::vector<AttemptRecord> attempts);
    /// All has been shown.
    void finish();

    Findings& findings() { return findings_; }
    const Tally& tally() const { return tally_; }

private:
    struct Promised {
        EventId id;
        bool found = false;
    };
    struct Job {
        std::map<std::string, int> events;  ///< by name
        std::map<std::string, int> runs;    ///< by pipeline
    };

    void checkEnd(const Run& run, std::int64_t job);
    void checkJobs();
    void checkLimits();

    Findings findings_;
    Tally tally_;
    std::map<std::pair<std::string, std::string>, Promised> promises_;  // by name and external id
    std::set<std::pair<std::string, std::string>> admitted_;
    std::map<RunId, std::vector<Execution>> executions_;
    std::map<EventId, std::int64_t> jobOfEvent_;
    std::map<std::int64_t, Job> jobs_;
    /// Of pipelines with a limit: +1 at a run's start, -1 at its end; of one moment the ends first.
    std::map<std::string, std::vector<std::pair<Timestamp, int>>> turns_;
};

}  // namespace stepd::torture
