#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cel/value.h"
#include "engine/driver.h"
#include "engine/observer.h"
#include "engine/timers.h"
#include "host/invoker.h"
#include "model/run.h"
#include "store/store.h"

namespace stepd::engine {

struct StepFamily;

/// An event that runs in memory share. `parsed` is filled when the first expression needs it.
struct ActiveEvent {
    Event event;
    mutable std::optional<cel::Value> parsed;
};

/// What a step is doing in memory; its `record.state` is what is durable about it.
enum class Activity {
    Idle,       ///< not asked for yet, or ended; or a `foreach` or `group`, whose steps do the work
    LookingUp,  ///< the cache is asked for its result
    Ready,      ///< wants an attempt and stands in line
    Open,       ///< an attempt is recorded: its call is about to go out, or is out
    Sleeping,   ///< a timer holds its next attempt, or its end (`core/sleep`)
    Listening,  ///< for an event, perhaps with a timer
    Invoking,   ///< a run that it started, perhaps with a timer
    Held,       ///< until a person releases it (`on_exhausted: pause`)
};

/// A step of a run in memory.
struct ActiveStep {
    StepRecord record;                  ///< `number` is -1 until something of the step goes to the store
    std::size_t plan = 0;               ///< as StepPlan
    std::size_t parent = kNoStep;       ///< likewise
    std::int32_t item = -1;             ///< likewise
    std::optional<StepState> handedIn;  ///< the state last handed to the store; absent: none yet
    std::int32_t handedInAttempts = 0;  ///< likewise
    bool dirty = false;                 ///< differs from what was handed in
    Activity activity = Activity::Idle;
    host::CallId call;                         ///< while Open
    TimerId timer;                             ///< while Sleeping; of the timeout while Listening or Invoking
    std::string limiter;                       ///< the lane that `Retry-After` closes; empty: none
    std::optional<std::string> cacheKey;       ///< under which its result is kept
    std::string signal;                        ///< while Listening: of its ear
    EventId heardUpTo;                         ///< while Listening: only later events count
    bool lookingBack = false;                  ///< while Listening: the store is asked for events that came before
    bool lookAgain = false;                    ///< one came meanwhile
    Instant attemptStarted{};                  ///< while Open
    Instant firstStarted{};                    ///< once an attempt was made: for the retry budget
    std::string verdict;                       ///< why no further attempt was made; may be empty
    mutable std::optional<cel::Value> parsed;  ///< of the output, once an expression needed it
    mutable std::optional<cel::Value> asItem;  ///< of a foreach's item: what stands under its name, likewise
    /// Of a `foreach` or `group`, see step_family.h.
    mutable std::shared_ptr<StepFamily> family;
};

/// Where a run stands before its first step.
enum class Gate {
    Closed,  ///< nobody has looked yet
    InLine,  ///< for slots of its lanes, a rate, or a pause to end
    Open,
};

/// A run in memory. Engine thread only.
struct ActiveRun {
    Run record;
    mutable RunRefPtr ref;  ///< made by `refOf`
    RunState handedIn = RunState::Queued;
    bool fresh = true;      ///< its admission has not been handed in: all it is goes there
    bool dirty = false;     ///< in the Ledger's list: something of it has to go to the store
    bool rowDirty = false;  ///< `record` itself differs from what was handed in
    std::shared_ptr<const ActiveEvent> event;
    std::vector<std::shared_ptr<const ActiveEvent>> more;  ///< the other events of a batch
    DriverPtr driver;  ///< null for a run whose revision cannot be compiled any more; such a run only ends
    std::vector<ActiveStep> steps;
    Gate gate = Gate::Closed;
    bool visiting = false;                 ///< parked, and in memory only while it is shown an event
    bool lookingBack = false;              ///< it goes on when the store has said which events its `cancel_on` missed
    TimerId deadline;                      ///< of `timeouts`
    std::vector<std::string> ears;         ///< signals of `cancel_on`, by entry; empty: not listening yet
    std::vector<store::Wait> storedWaits;  ///< as handed in last
    bool waitsDirty = false;
    std::vector<store::Wait> waits;                ///< as they shall be
    std::vector<Run> children;                     ///< as the store had them when the run was loaded
    std::int32_t numbered = 0;                     ///< the next step's number
    std::vector<AttemptRecord> ended;              ///< otherwise than well, and not handed in yet
    mutable std::optional<cel::Value> stepsValue;  ///< the root `steps`; dropped at each change of a step
    mutable std::optional<cel::Value> runValue;    ///< the root `run`
    mutable std::shared_ptr<StepFamily> family;    ///< of the steps without a parent that joined later
    mutable std::size_t related = 0;               ///< steps that their family knows
};

}  // namespace stepd::engine
