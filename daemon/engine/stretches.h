#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "store/store.h"

namespace stepd::engine {

/// When to look again at which keys of a table whose rows are deleted when their time is over. Keys grow with time, so
/// rows that lie together are mostly over together: a stretch of keys is looked at when the first of its rows may be
/// over, and what nothing is left of is forgotten. So a look costs what is over, not what is kept; what is remembered
/// is bounded. A value.
class Stretches {
public:
    struct Stretch {
        std::int64_t first = 1;
        std::int64_t last = std::numeric_limits<std::int64_t>::max();
        Timestamp look{};
    };

    /// The one with the smallest keys that is worth a look; absent: none is.
    std::optional<Stretch> due(Timestamp now) const;
    /// When the next one is.
    Timestamp next() const;
    /// A slice of `at`, from its first key on, has been looked at. Rows to come are worth a look from `later` on.
    void looked(const Stretch& at, const store::Pruned& found, Timestamp later);
    std::size_t count() const { return all_.size(); }

private:
    void joinNeighbours();

    std::vector<Stretch> all_{Stretch{}};  // by key; the last has no end: new rows come there
};

}  // namespace stepd::engine
