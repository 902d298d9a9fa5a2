#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/outcome.h"
#include "model/run.h"
#include "pipeline/pipeline.h"

namespace stepd::engine {

struct ActiveEvent;
struct ActiveRun;

inline constexpr std::size_t kNoStep = static_cast<std::size_t>(-1);

/// A step that a driver knows of, as it becomes a record of a run.
struct StepPlan {
    std::string name;              ///< of the record: `validate`, `pages[3]`, `pages[3].fetch`; unique in the run
    std::string kind;              ///< see StepRecord::kind
    std::size_t plan = 0;          ///< the driver's own number of what is behind it
    std::size_t parent = kNoStep;  ///< place in ActiveRun::steps of the `foreach` or `group` that it is part of
    std::int32_t item = -1;        ///< which item of the parent
};

/// One thing that a driver wants done next. Steps are named by their place in `ActiveRun::steps`.
struct Move {
    enum class Kind {
        Start,    ///< a plugin's first attempt may begin as soon as there is a slot; a built-in step begins now
        Open,     ///< a `foreach` or `group` is Running from now on, with `memo`
        Add,      ///< the steps `plans` join the run
        Succeed,  ///< a `foreach` or `group` completes with `output`
        Skip,     ///< `error` holds the reason
        Fail,     ///< the step fails without a further attempt, for `error`
        Cancel,   ///< the step is not wanted any more: it lost a race, or its group has failed
        End,     ///< the main part is over and the run will be `ending`, with `output`, or because of step `step` or of
                 ///< `error` alone where that is kNoStep; steps that have not ended are cancelled
        Finish,  ///< the run has nothing left to do and ends as `ActiveRun::record.ending` says
    };

    Kind kind = Kind::Start;
    std::size_t step = kNoStep;
    StepError error{};
    std::string output{};  ///< JSON text
    std::string memo{};
    std::vector<StepPlan> plans{};
    RunState ending = RunState::Completed;
};

/// How the engine treats a step, whatever the driver.
struct StepRules {
    std::string plugin;  ///< empty for what no plugin does
    pipeline::StepRetry retry;
    bool goesOnAfterFailure = false;  ///< `continue_on_error`, or `on_exhausted: continue`
    std::string cacheScope;           ///< where its results are kept, if at all
    Duration cacheTtl{};
};

/// What an attempt needs before it may begin, rendered.
struct StepDemand {
    std::vector<std::string> lanes;
    std::string limiter;  ///< name of its limiter's lane, one of `lanes`; closed by Retry-After. Empty: none
    std::string group;
    std::optional<std::string> cacheKey;
};

/// One attempt's call, rendered.
struct CallPlan {
    std::string stepType;
    std::string config;  ///< JSON object
    std::string input;   ///< JSON text
    Duration timeout{};
};

/// A built-in step, rendered.
struct SleepPlan {
    std::optional<Duration> duration;
    std::optional<Timestamp> until;
};
struct WaitPlan {
    std::string event;
    std::string correlation;  ///< `?PATH=VALUE` of the wait's signal, or empty
    std::optional<Duration> timeout;
};
struct SendPlan {
    std::string name;
    std::string data;
    std::string id;
    std::optional<Timestamp> ts;
};
struct InvokePlan {
    std::string pipeline;
    std::string data;
    bool wait = true;
    std::optional<Duration> timeout;
};
struct FailPlan {
    StepError error;
};
using BuiltInPlan = std::variant<SleepPlan, WaitPlan, SendPlan, InvokePlan, FailPlan>;

/// Decides what comes next in a run. It sees the run's step records and nothing else, so one driver may follow a graph
/// that was declared, and another may discover the steps as the run goes. Pure and immutable: the same records give the
/// same moves, now and after a restart. Shared by all runs of a pipeline revision; engine thread only.
class Driver {
public:
    virtual ~Driver() = default;
    /// What holds for the run as a whole: triggers, flow control, timeouts.
    virtual const pipeline::Pipeline& pipeline() const = 0;
    /// The steps known before anything has run; they become the first of `ActiveRun::steps`, in this order.
    virtual std::vector<StepPlan> begin() const = 0;
    /// The plan behind a record of the store that `begin` did not give; its parent is in `run` already. Absent: it is
    /// none of this driver's.
    virtual std::optional<StepPlan> find(const ActiveRun& run, const StepRecord& record) const = 0;
    /// What is to be done now. Asked again after its moves were made, until there is nothing more to do at the moment.
    /// A run that somebody else ends (cancelled, timed out) has its `ending` set: then only `finally` is left.
    virtual std::vector<Move> next(const ActiveRun& run) const = 0;
    virtual const StepRules& rules(const ActiveRun& run, std::size_t step) const = 0;

    // A failure is of class invalid_input and code `expression_error`, and names the expression.

    virtual Result<StepDemand, StepError> demand(const ActiveRun& run, std::size_t step) const = 0;
    virtual Result<CallPlan, StepError> prepare(const ActiveRun& run, std::size_t step) const = 0;
    virtual Result<BuiltInPlan, StepError> prepareBuiltIn(const ActiveRun& run, std::size_t step) const = 0;
    /// Whether a later event is the one that the `wait_for_event` step waits for.
    virtual Result<bool, StepError> matches(const ActiveRun& run, std::size_t step, const ActiveEvent& later) const = 0;
    /// Whether a later event cancels the run by `cancel_on[entry]`.
    virtual Result<bool, StepError> cancels(const ActiveRun& run, std::size_t entry,
                                            const ActiveEvent& later) const = 0;
};

using DriverPtr = std::shared_ptr<const Driver>;

}  // namespace stepd::engine
