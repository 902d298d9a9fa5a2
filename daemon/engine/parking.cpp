#include "engine/parking.h"

#include <algorithm>
#include <utility>

#include "engine/signals.h"

namespace stepd::engine {
namespace {

constexpr std::size_t kPage = 500;
constexpr std::string_view kLane = "lane:";

void earlier(std::optional<Timestamp>& first, std::optional<Timestamp> other) {
    if (other && (!first || *other < *first)) first = other;
}

std::optional<Timestamp> after(std::optional<Timestamp> from, std::optional<Duration> by) {
    if (!from || !by) return std::nullopt;
    return *from + std::chrono::ceil<std::chrono::microseconds>(*by);
}

}  // namespace

std::optional<Timestamp> nextMoment(const ActiveRun& run) {
    std::optional<Timestamp> first;
    for (const ActiveStep& step : run.steps)
        if (step.record.state == StepState::Waiting && step.activity != Activity::Ready)
            earlier(first, step.record.wakeAt);
    const pipeline::Pipeline& rules = run.driver->pipeline();
    earlier(first, run.record.startedAt ? after(run.record.startedAt, rules.finishTimeout)
                                        : after(scheduledAt(run), rules.startTimeout));
    return first;
}

void Parking::consider(ActiveRun& run) {
    if (run.record.parked || !run.driver || isTerminal(run.record.state)) return;
    bool soon = run.gate == Gate::InLine;
    for (const ActiveStep& step : run.steps) {
        if (step.activity == Activity::Open || step.activity == Activity::LookingUp || step.lookingBack) return;
        // A parked moment is one of the wall clock: retries wait in memory, where a clock that is set moves nothing.
        const bool retry = step.activity == Activity::Sleeping && step.record.kind == "plugin";
        soon = soon || retry || step.activity == Activity::Ready;
    }
    if (soon && !crowded()) return;
    const auto moment = nextMoment(run);
    if (moment && timeBetween(state_.now, *moment) < state_.options.parkAfter) return;
    auto waits = waitsOf(run);
    if (!waits) return;
    run.record.parked = true;
    run.record.wakeAt = moment;
    for (const store::Wait& wait : *waits)
        if (!wait.signal.starts_with(kLane)) state_.ears.stored(wait.family, 1);
    state_.ledger.touch(run);
    state_.ledger.waits(run, std::move(*waits));
    state_.ledger.after(LeaveMemory{run.record.id});
}

/// What brings it back beside time. Absent if it stands in a line that is kept in memory alone.
std::optional<std::vector<store::Wait>> Parking::waitsOf(const ActiveRun& run) {
    std::vector<Ticket> tickets;
    std::vector<store::Wait> waits;
    if (run.gate == Gate::InLine) tickets.push_back(ticketOf(run));
    for (const ActiveStep& step : run.steps) {
        if (step.activity == Activity::Ready) tickets.push_back(ticketOf(run, step));
        if (step.activity == Activity::Listening)
            waits.push_back({.signal = step.signal,
                             .family = std::string(signals::familyOf(step.signal)),
                             .rank = 0,
                             .step = step.record.number});
    }
    for (const std::string& ear : run.ears)
        waits.push_back({.signal = ear, .family = std::string(signals::familyOf(ear)), .rank = 0, .step = -1});
    for (const Ticket& ticket : tickets)
        if (!state_.scheduler.canPark(ticket)) return std::nullopt;
    for (const Ticket& ticket : tickets) waits.push_back(*state_.scheduler.park(ticket));
    return waits;
}

void Parking::wake(ActiveRun& run) {
    if (!run.record.parked) return;
    run.record.parked = false;
    run.record.wakeAt.reset();
    for (const store::Wait& wait : run.waits) {
        if (wait.signal.starts_with(kLane)) {
            state_.scheduler.unparked(wait);
        } else {
            state_.ears.stored(wait.family, -1);
        }
    }
    state_.ledger.touch(run);
    state_.ledger.waits(run, {});
}

void Parking::takeDown(ActiveRun& run) {
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
        const ActiveStep& step = run.steps[i];
        state_.timers.cancel(step.timer);
        if (step.activity == Activity::Listening) state_.ears.remove(step.signal, {.run = run.record.id, .step = i});
    }
    state_.timers.cancel(run.deadline);
    for (std::size_t i = 0; i < run.ears.size(); ++i)
        state_.ears.remove(run.ears[i], {.run = run.record.id, .step = kNoStep, .entry = i});
    if (run.record.wakeAt) note(*run.record.wakeAt);
}

void Parking::note(Timestamp wakeAt) {
    if (!nextWake_ || wakeAt < *nextWake_) nextWake_ = wakeAt;
}

void Parking::askForDue(std::size_t room, const std::function<void(std::vector<store::UnfinishedRun>)>& resume) {
    if (asked_ || room == 0 || !nextWake_ || *nextWake_ > state_.now) return;
    asked_ = true;
    nextWake_.reset();
    const std::size_t limit = std::min(room, kPage);
    state_.questions.load(store::LoadDue{.until = state_.now, .after = {}, .afterRun = {}, .limit = limit},
                          [this, resume, limit](store::LoadedRuns found) {
                              asked_ = false;
                              if (found.nextWake) note(*found.nextWake);
                              // Those that were resumed are not parked when the next page is asked for.
                              if (found.runs.size() == limit) note(state_.now);
                              resume(std::move(found.runs));
                          });
}

}  // namespace stepd::engine
