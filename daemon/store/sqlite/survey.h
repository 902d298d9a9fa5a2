#pragma once

#include <optional>
#include <vector>

#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Looks for what is over; changes nothing. Confined to the writer's thread; throws Error.
class Survey {
public:
    struct Found {
        Pruned answer;                   ///< as it will be once `over` is gone
        std::vector<std::int64_t> over;  ///< keys of runs, or of events, growing
        std::optional<RunId> tooLarge;   ///< over as well, but its steps do not fit into one slice
        bool keys = false;               ///< some have expired
        bool nothing() const { return over.empty() && !tooLarge && !keys; }
    };

    explicit Survey(sqlite3* db);
    /// Looks at a slice.
    Found look(const Prune& slice);

private:
    struct Ended;

    void lookAtRuns(const Prune& slice, Found& found);
    void lookAtEvents(const Prune& slice, Found& found);
    bool anyExpired(Timestamp now);
    std::optional<Timestamp> holdsRun(const Prune& slice, const Ended& run);
    std::optional<Timestamp> holdsEvent(const Prune& slice, const Rows& event,
                                        std::optional<Timestamp> unfinishedSince);
    std::optional<Timestamp> holdByRuns(const Prune& slice, EventId event);
    std::optional<Timestamp> oldestUnfinished();
    std::size_t rowsOf(RunId run);

    Statement runs_;
    Statement events_;
    Statement runState_;
    Statement keyOfRun_;
    Statement keyOfEvent_;
    Statement runsOfEvent_;
    Statement delivery_;
    Statement oldest_;
    Statement rowsOfRun_;
    Statement expired_;
};

}  // namespace stepd::store
