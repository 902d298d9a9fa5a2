#include "engine/engine_state.h"

#include <algorithm>
#include <cassert>

#include "base/text.h"

namespace stepd::engine {

const RunRefPtr& refOf(const ActiveRun& run) {
    const Event& event = run.event->event;
    if (!run.ref)
        run.ref = std::make_shared<const RunRef>(RunRef{.run = run.record.id,
                                                        .publicRun = publicId(run.record.id, run.record.createdAt),
                                                        .publicEvent = publicId(event.id, event.receivedAt),
                                                        .requestId = event.requestId,
                                                        .pipeline = run.record.pipeline});
    return run.ref;
}

Timestamp scheduledAt(const ActiveRun& run) {
    return std::max(run.record.createdAt, run.event->event.ts);
}

Ticket ticketOf(const ActiveRun& run) {
    const std::int64_t headStart = std::int64_t{run.record.priority} * 1'000'000;
    return {.rank = run.record.createdAt.time_since_epoch().count() - headStart, .run = run.record.id};
}

Ticket ticketOf(const ActiveRun& run, const ActiveStep& step) {
    Ticket ticket = ticketOf(run);
    ticket.step = step.record.number;
    return ticket;
}

std::string runError(std::string_view step, const StepError& error, std::string_view reason) {
    std::string json = "{\"step\":" + jsonString(step) + ",\"class\":" + jsonString(toString(error.outcome)) +
                       ",\"code\":" + jsonString(error.code) + ",\"message\":" + jsonString(error.message);
    if (!reason.empty()) json += ",\"reason\":" + jsonString(reason);
    return json + "}";
}

bool EngineState::move(ActiveRun& run, RunEvent event) {
    const auto to = RunMachine::next(run.record.state, event);
    assert(to);
    if (!to) return false;
    if (*to == run.record.state) return true;
    run.record.state = *to;
    if (*to == RunState::Running && !run.record.startedAt) run.record.startedAt = now;
    if (isTerminal(*to)) run.record.finishedAt = now;
    ledger.touch(run);
    if (parts.observer != nullptr) {
        const Duration took =
            isTerminal(*to) ? std::max(Duration::zero(), Duration(now - run.record.createdAt)) : Duration::zero();
        ledger.after(RunNotice{.run = refOf(run), .state = *to, .took = took, .error = run.record.error});
    }
    return true;
}

bool EngineState::move(ActiveRun& run, ActiveStep& step, StepEvent event) {
    const auto to = StepMachine::next(step.record.state, event);
    assert(to);
    if (!to) return false;
    step.record.state = *to;
    if (*to != StepState::Waiting) step.record.wakeAt.reset();
    if (isTerminal(*to)) step.record.finishedAt = now;
    ledger.touch(run, step);
    if (parts.observer != nullptr) {
        const bool waits = *to == StepState::Waiting && step.record.wakeAt;
        ledger.after(StepNotice{.run = refOf(run),
                                .step = step.record.name,
                                .state = *to,
                                .attempts = step.record.attempts,
                                .error = step.record.error,
                                .nextIn = waits ? std::optional<Duration>(*step.record.wakeAt - now) : std::nullopt,
                                .verdict = step.verdict});
    }
    return true;
}

}  // namespace stepd::engine
