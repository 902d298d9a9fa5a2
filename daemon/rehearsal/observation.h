#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/run.h"

namespace stepd::rehearsal {

/// What became of a step, as the store has it.
struct ObservedStep {
    StepRecord record;
    std::vector<AttemptRecord> attempts;
    std::string input;  ///< of its last call; empty: it was not called
    std::string with;   ///< likewise
};

struct ObservedRun {
    Run run;
    std::vector<ObservedStep> steps;
    std::string why;  ///< why it does not go on; empty if it has ended
    const ObservedStep* find(const std::string& step) const {
        for (const ObservedStep& one : steps)
            if (one.record.name == step) return &one;
        return nullptr;
    }
};

/// What became of a case, once nothing moves any more.
struct Observation {
    Timestamp began{};                  ///< the case
    Timestamp firstEvent{};             ///< `began` where it sends none
    Timestamp ended{};                  ///< the last run; when the case was given up if one has not
    std::vector<ObservedRun> runs;      ///< the first first
    std::vector<std::string> events;    ///< names of those that pipelines sent, the first first
    std::vector<std::string> problems;  ///< what went wrong with the rehearsal itself, one sentence each
    std::uint64_t commits = 0;          ///< tried
    bool crashed = false;               ///< the crash that was asked for took place
    Timestamp crashedAt{};
};

}  // namespace stepd::rehearsal
