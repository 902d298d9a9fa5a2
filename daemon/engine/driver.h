#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/outcome.h"
#include "pipeline/pipeline.h"

namespace stepd::engine {

struct ActiveRun;

/// A step that a driver knows of.
struct StepPlan {
    std::string name;
    std::string kind;  ///< `plugin`
};

/// One thing that a driver wants done next. Steps are named by their place in `ActiveRun::steps`.
struct Move {
    enum class Kind {
        Start,     ///< the step's first attempt may begin as soon as its plugin has a free slot
        Skip,      ///< `error` holds the reason
        Refuse,    ///< the step fails without an attempt, for `error`
        Complete,  ///< the run ends well with `output`
        Fail,      ///< the run ends badly: because of step `step`, or of `error` alone where `step` is kNoStep
    };
    static constexpr std::size_t kNoStep = static_cast<std::size_t>(-1);

    Kind kind = Kind::Start;
    std::size_t step = kNoStep;
    StepError error;
    std::string output;  ///< JSON text
};

/// How the engine treats a step, whatever the driver.
struct StepRules {
    std::string plugin;
    pipeline::StepRetry retry;
    bool goesOnAfterFailure = false;  ///< `continue_on_error`, or `on_exhausted: continue`
};

/// One attempt's call, rendered.
struct CallPlan {
    std::string stepType;
    std::string config;  ///< JSON object
    std::string input;   ///< JSON text
    Duration timeout{};
};

/// Decides what comes next in a run. It sees the run's step records and nothing else, so one driver may follow a graph
/// that was declared, and another may discover the steps as the run goes. Pure and immutable: the same records give the
/// same moves, now and after a restart. Shared by all runs of a pipeline revision; engine thread only.
class Driver {
public:
    virtual ~Driver() = default;
    /// The steps known before anything has run; they become the first of `ActiveRun::steps`, in this order.
    virtual std::vector<StepPlan> begin() const = 0;
    /// What is to be done now. Asked again after its moves were made, until there is nothing more to do at the moment.
    virtual std::vector<Move> next(const ActiveRun& run) const = 0;
    virtual const StepRules& rules(const ActiveRun& run, std::size_t step) const = 0;
    /// The failure is of class invalid_input and code `expression_error`, and names the expression.
    virtual Result<CallPlan, StepError> prepare(const ActiveRun& run, std::size_t step) const = 0;
};

using DriverPtr = std::shared_ptr<const Driver>;

}  // namespace stepd::engine
