#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/engine_state.h"

namespace stepd::engine {

/// Why a run of a singleton is cancelled.
inline constexpr const char* kSuperseded = "a newer run of its singleton has started";

/// What flow control says when an event would start a run (Inngest's order: batch, rate limit, debounce, singleton).
struct Verdict {
    enum class Kind {
        Start,
        Collect,  ///< the event joins the run `run`, or a new one that starts at `wakeAt`
        Refuse,   ///< no run, because of `why`
    };
    Kind kind = Kind::Start;
    std::string lane{};    ///< Collect: of the run that collects. Start: of a singleton, to be held
    RunId run{};           ///< Collect: zero: a new one. Start: of a singleton, the run to be cancelled first
    bool replace = false;  ///< Collect: debounce
    bool counts = true;    ///< Collect: false for an event that happened before the one that is kept
    Timestamp wakeAt{};
    std::string why{};
};

/// The keys and decisions of `concurrency`, `throttle`, `rate_limit`, `debounce`, `batch`, `singleton` and `priority`,
/// evaluated once, when the event comes. A key that cannot be evaluated is reported and counts as one shared key.
/// Engine thread only.
class FlowControl {
public:
    FlowControl(EngineState& state, const store::Image& image);
    /// Runs that a newer one of their singleton had not cancelled yet when the daemon stopped.
    static std::vector<RunId> superseded(const store::Image& image);

    /// The rules of all lines, of the current pipelines and of the limiters.
    static std::map<std::string, LaneRule, std::less<>> rules(const std::vector<Catalog::EntryPtr>& entries,
                                                              const std::map<std::string, LaneRule>& limiters);

    /// `collects`: events that would start a run at once are not collected.
    Verdict decide(const Catalog::Entry& entry, const ActiveEvent& event, bool collects);
    /// The last part of `decide`, for a run that has collected its events and starts now. Absent: no singleton.
    std::optional<Verdict> singleton(const Catalog::Entry& entry, const ActiveEvent& event) const;
    /// The verdict was carried out: the run collects the event.
    void collected(const Verdict& verdict, const Run& run, const ActiveEvent& event);
    /// True: the run collects no more and starts. False: it has changed since the store looked, and is not due.
    bool mayStart(const Run& run, EventId newest);
    /// A run that collects has ended.
    void forget(const Run& run);
    /// What it still waits for; null if the run does not collect.
    const store::Collecting* collecting(RunId run) const;

    std::vector<std::string> lanesOf(const Catalog::Entry& entry, const ActiveEvent& event) const;
    std::int32_t priorityOf(const Catalog::Entry& entry, const ActiveEvent& event) const;
    /// Text of a key for its value; absent for `false`, which switches the rule off for the event.
    std::optional<std::string> keyOf(const std::optional<cel::Program>& key, const char* what,
                                     const Catalog::Entry& entry, const ActiveEvent& event) const;

private:
    std::optional<Verdict> batch(const Catalog::Entry& entry, const ActiveEvent& event) const;
    std::optional<Verdict> debounce(const Catalog::Entry& entry, const ActiveEvent& event) const;
    std::optional<Verdict> rateLimit(const Catalog::Entry& entry, const ActiveEvent& event);
    /// The newest run that collects in the lane; null if none does.
    const store::Collecting* newest(const std::string& lane) const;
    void report(const Catalog::Entry& entry, const ActiveEvent& event, const std::string& problem) const;

    EngineState& state_;
    std::map<RunId, store::Collecting> collecting_;
    std::map<std::string, RunId> newest_;  // of those, by lane: a batch that is full may be waiting for its turn
};

/// Those of the run's lanes that it needs as a whole; the others are for its steps.
std::vector<std::string> lanesOfRun(const ActiveRun& run);

}  // namespace stepd::engine
