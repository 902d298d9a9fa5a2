#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/active_run.h"

namespace stepd::engine {

/// Something of a run that waits for an event: a step by its place in `ActiveRun::steps`, or an entry of `cancel_on`.
struct Ear {
    RunId run;
    std::size_t step = kNoStep;  ///< kNoStep: `entry` counts
    std::size_t entry = 0;
    friend auto operator<=>(const Ear&, const Ear&) = default;
};

/// Who waits for which event: the ears of runs in memory, and how many waits of each family there are in the store.
/// What nobody waits for costs one look into a map. Engine thread only.
class Ears {
public:
    void add(const std::string& signal, Ear ear);
    void remove(const std::string& signal, Ear ear);
    /// So many waits of the family more in the store, or fewer.
    void stored(const std::string& family, std::ptrdiff_t more);

    /// The signals that the event raises and that somebody may wait for.
    std::vector<std::string> raisedBy(const ActiveEvent& event) const;
    std::vector<Ear> inMemory(const std::string& signal) const;
    bool inStore(std::string_view family) const;
    std::size_t storedCount() const { return storedCount_; }

private:
    struct Family {
        std::size_t memory = 0;
        std::size_t stored = 0;
    };
    using Families = std::map<std::string, Family, std::less<>>;
    Family& family(std::string_view family);
    void dropIfEmpty(std::string_view family);

    std::map<std::string, Families, std::less<>> exact_;      // by event name
    std::map<std::string, Families, std::less<>> patterns_;   // by pattern
    std::map<std::string, std::set<Ear>, std::less<>> ears_;  // by signal
    std::size_t storedCount_ = 0;
};

}  // namespace stepd::engine
