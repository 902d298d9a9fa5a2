#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rehearsal/observation.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/script_book.h"
#include "rehearsal/test_file.h"

namespace stepd::rehearsal {

/// The process dies at a commit: `CrashBefore` or `CrashAfter`.
struct Crash {
    std::uint64_t commit = 1;  ///< the n-th
    SimFault fault = SimFault::CrashBefore;
};

/// Plays a case once: the world as its clients make it. Events and cancels are sent when their time has come, and again
/// after a crash for as long as they were not answered. What is drawn by chance is always the middle: jitter `full`
/// waits for half of the delay. One use, one thread; borrows the file and the case.
class CasePlayer {
public:
    CasePlayer(const TestFile& file, const TestCase& one, const engine::EngineOptions& options);

    /// Until all runs have ended, or nothing is due any more, or the case is over by its own limits.
    Observation play(std::optional<Crash> crash = {});

private:
    struct Sending {
        Duration at{};
        const SentEvent* event = nullptr;  ///< null: the cancel
        bool handedIn = false;             ///< to the process that runs now
        bool answered = false;
    };

    bool settle();
    void send();
    void sendEvent(Sending& sending);
    void sendCancel(Sending& sending);
    void restart();
    bool over();
    std::optional<Instant> nextDue() const;
    using LastCalls = std::map<std::pair<std::string, std::string>, const host::StepCall*>;  // by run and step
    Observation observe();
    std::vector<ObservedStep> observeSteps(const Run& run, const LastCalls& lastCalls);
    std::vector<std::string> sentByPipelines();

    const TestCase& case_;
    Rehearsal world_;
    ScriptBook book_;
    std::vector<Sending> sendings_;
    std::set<EventId> own_;  // events that the case sent
    Instant start_{};
    std::uint64_t turns_ = 0;
    Observation seen_;
};

}  // namespace stepd::rehearsal
