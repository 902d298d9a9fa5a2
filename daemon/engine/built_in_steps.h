#pragma once

#include <functional>
#include <string>

#include "engine/engine_state.h"

namespace stepd::engine {

/// An event that the engine sends itself: for `core/send_event`, `core/invoke`, a schedule.
struct Order {
    NewEvent event;
    RunId parent{};  ///< of the run that it starts, see Run::parent
    std::int32_t parentStep = 0;
    std::string overlapLane{};  ///< a schedule that does not overlap: held by the run that it starts
    pipeline::Overlap overlap = pipeline::Overlap::Allow;
    std::function<bool()> wanted{};  ///< asked right before; false: nothing happens. Empty: true
    /// In the batch that holds the event: what follows from it becomes durable with it.
    std::function<void(const Submitted&)> placed{};
};

/// What built-in steps ask of the rest of the engine.
struct BuiltInHooks {
    std::function<void(Order)> send;
    std::function<void(RunId child, std::string why)> cancelRun;
    /// A step has ended, and the run's driver has to be asked.
    std::function<void(ActiveRun&)> ended;
    std::function<bool(std::string_view pipeline)> knowsPipeline;
    /// An event that was accepted before the ear was there and is still to be shown to it, if it concerns it.
    std::function<void(ActiveRun&, std::size_t step)> catchUp;
};

/// The lives of the steps that the engine does itself: sleep, wait for an event, send one, invoke a pipeline, fail.
/// None makes an attempt: a step is Waiting while it waits, and then has its end. Engine thread only.
class BuiltInSteps {
public:
    BuiltInSteps(EngineState& state, BuiltInHooks hooks) : state_(state), hooks_(std::move(hooks)) {}

    /// The step begins. It may have ended when this returns.
    void start(ActiveRun& run, std::size_t step);
    /// The step is Waiting in a run that comes from the store. `missed`: events may have come that nobody showed it.
    void resume(ActiveRun& run, std::size_t step, bool missed);
    /// Its timer fired: the sleep is over, or the time limit of a wait or an invocation.
    void due(ActiveRun& run, std::size_t step);
    /// An event that its ear is for. True if the step has ended by it.
    bool heard(ActiveRun& run, std::size_t step, const ActiveEvent& event);
    /// The run that it invoked has ended. Nothing happens if it does not wait for that one.
    void childEnded(ActiveRun& run, std::int32_t number, const Run& child);
    /// The step is not wanted any more.
    void abandon(ActiveRun& run, std::size_t step);

private:
    void begin(ActiveRun& run, std::size_t index, const SleepPlan& plan);
    void begin(ActiveRun& run, std::size_t index, const WaitPlan& plan);
    void begin(ActiveRun& run, std::size_t index, const SendPlan& plan);
    void begin(ActiveRun& run, std::size_t index, const InvokePlan& plan);
    void begin(ActiveRun& run, std::size_t index, const FailPlan& plan);

    void wait(ActiveRun& run, std::size_t index, Activity activity, std::optional<Duration> timeout);
    void arm(ActiveRun& run, std::size_t index);
    void listen(ActiveRun& run, std::size_t index, const WaitPlan& plan);
    void lookBack(ActiveRun& run, std::size_t index, EventId after);
    void deaf(ActiveRun& run, std::size_t index);
    void cancelChild(const ActiveStep& step);
    void send(ActiveRun& run, std::size_t index, Order order,
              void (BuiltInSteps::*placed)(ActiveRun&, std::size_t, const Submitted&));
    void sent(ActiveRun& run, std::size_t index, const Submitted& answer);
    void invoked(ActiveRun& run, std::size_t index, const Submitted& answer);
    void detached(ActiveRun& run, std::size_t index, const Submitted& answer);
    void succeed(ActiveRun& run, std::size_t index, std::string output);
    void fail(ActiveRun& run, std::size_t index, StepError error);
    void started(ActiveRun& run, ActiveStep& step);

    EngineState& state_;
    const BuiltInHooks hooks_;
};

}  // namespace stepd::engine
