#include "engine/waits.h"

#include <algorithm>

#include "base/units.h"
#include "engine/flow_control.h"
#include "engine/lanes.h"
#include "engine/signals.h"

namespace stepd::engine {
namespace {

std::string inTime(const EngineState& state, std::optional<Timestamp> until) {
    if (!until) return "";
    const Duration left = std::max(Duration::zero(), timeBetween(state.now, *until));
    return toRfc3339(*until) + " (in " + toText(std::chrono::ceil<std::chrono::seconds>(left)) + ")";
}

/// Says why for one run, step by step.
class Reasons {
public:
    Reasons(const EngineState& state, const FlowControl& flow, const ActiveRun& run)
        : state_(state), flow_(flow), run_(run) {}

    std::vector<Wait> all() {
        // A run that has ended leaves memory with the answer to its last commit.
        if ((run_.dirty && !run_.record.parked) || isTerminal(run_.record.state))
            add({.what = Wait::For::Commit, .sentence = "its last change is on its way to the disk"});
        if (run_.lookingBack)
            add({.what = Wait::For::Commit, .sentence = "the store is asked for events that may cancel it"});
        ofStart();
        for (std::size_t i = 0; i < run_.steps.size(); ++i) ofStep(i);
        return std::move(waits_);
    }

private:
    void add(Wait wait) { waits_.push_back(std::move(wait)); }

    void ofStart() {
        if (const auto* open = flow_.collecting(run_.record.id))
            return add({.what = Wait::For::Timer,
                        .until = open->wakeAt,
                        .sentence = "collects events (" + std::to_string(open->events) + " so far) until " +
                                    inTime(state_, open->wakeAt)});
        if (run_.gate == Gate::InLine || inStoredLine(-1)) return add(inLine(ticketOf(run_), "", "the run"));
        if (run_.record.state == RunState::Queued && run_.record.parked && run_.gate == Gate::Closed)
            add({.what = Wait::For::Timer,
                 .until = run_.record.wakeAt,
                 .sentence = "starts at " + inTime(state_, run_.record.wakeAt)});
    }

    /// The store's line of a parked ticket; null if it stands in none.
    const store::Wait* inStoredLine(std::int32_t step) const {
        for (const store::Wait& wait : run_.waits)
            if (wait.step == step && wait.signal.starts_with("lane:")) return &wait;
        return nullptr;
    }

    Wait inLine(const Ticket& ticket, const std::string& step, const std::string& who) const {
        Wait wait{.what = Wait::For::Line, .step = step};
        wait.sentence = who;
        auto place = state_.scheduler.place(ticket);
        const store::Wait* stored = inStoredLine(ticket.step);
        if (!place && stored != nullptr) place = state_.scheduler.place(*stored);
        if (!place) return wait.sentence += " stands in line", wait;
        wait.sentence += " stands in line for " + place->lane;
        if (place->slots != 0)
            wait.sentence += ": " + std::to_string(place->taken) + " of " + std::to_string(place->slots) +
                             " slots held" + names(*place);
        wait.sentence += place->place == 0 ? "; parked" : "; place " + std::to_string(place->place);
        if (place->opens) wait.sentence += "; opens " + inTime(state_, place->opens);
        wait.until = place->opens;
        return wait;
    }

    std::string names(const PlaceInLine& place) const {
        std::string text;
        for (const Ticket& holder : place.holders) {
            const ActiveRun* run = state_.runs.find(holder.run);
            text += (text.empty() ? " by run " : ", run ") +
                    (run != nullptr ? publicId(holder.run, run->record.createdAt) : std::to_string(holder.run.value));
        }
        const std::size_t more = place.holders.empty() ? 0 : place.taken - place.holders.size();
        return more == 0 ? text : text + " and " + std::to_string(more) + " more";
    }

    void ofStep(std::size_t index) {
        const ActiveStep& step = run_.steps[index];
        const StepRecord& record = step.record;
        const std::string name = "step " + record.name;
        const bool stored = record.number >= 0 && !isTerminal(record.state);  // -1 would be the run's own place
        if (step.activity == Activity::Ready || (stored && inStoredLine(record.number) != nullptr)) {
            Wait wait = inLine(ticketOf(run_, step), record.name, name);
            wait.plugin = run_.driver->rules(run_, index).plugin;
            return add(std::move(wait));
        }
        if (step.activity == Activity::LookingUp)
            return add({.what = Wait::For::Commit, .step = record.name, .sentence = name + " asks the store"});
        if (step.activity == Activity::Open) return ofCall(index, name);
        if (record.state == StepState::Waiting) ofWaiting(index, name);
    }

    void ofCall(std::size_t index, const std::string& name) {
        const ActiveStep& step = run_.steps[index];
        const std::string plugin = run_.driver->rules(run_, index).plugin;
        const Duration since = state_.instant - step.attemptStarted;
        add({.what = Wait::For::Call,
             .step = step.record.name,
             .plugin = plugin,
             .sentence = name + " runs in plugin " + plugin + ", attempt " + std::to_string(step.record.attempts) +
                         ", for " + toText(std::chrono::floor<std::chrono::seconds>(since))});
    }

    void ofWaiting(std::size_t index, const std::string& name) {
        const StepRecord& record = run_.steps[index].record;
        Wait wait{.what = Wait::For::Timer, .step = record.name, .until = record.wakeAt};
        const std::string until = record.wakeAt ? ", at most until " + inTime(state_, record.wakeAt) : std::string();
        if (record.kind == "sleep") {
            wait.what = Wait::For::Sleep;
            wait.sentence = name + " sleeps until " + inTime(state_, record.wakeAt);
        } else if (record.kind == "wait_for_event") {
            wait.what = Wait::For::Event;
            wait.sentence = name + " waits for event " + eventOf(index) + until;
        } else if (record.kind == "invoke") {
            wait.what = Wait::For::Run;
            wait.sentence = name + " waits for the run that it invoked: " + record.memo + until;
        } else if (record.memo == "\"held\"") {
            wait.what = Wait::For::Person;
            wait.sentence = name + " has used up its retries and waits for somebody to release it" + because(record);
        } else {
            const auto& policy = run_.driver->rules(run_, index).retry.policy;
            wait.plugin = run_.driver->rules(run_, index).plugin;
            wait.sentence = name + ": attempt " + std::to_string(record.attempts - record.lost + 1) + " of " +
                            std::to_string(policy.attempts) + " at " + inTime(state_, record.wakeAt) + because(record);
        }
        add(std::move(wait));
    }

    std::string eventOf(std::size_t index) const {
        const std::string& signal = run_.steps[index].signal;
        if (signal.empty()) return "";
        const std::string_view family = signals::familyOf(signal);
        std::string text(signals::nameOf(family));
        if (signal.size() > family.size())
            text += " whose " + std::string(signals::pathOf(family)) + " is " + signal.substr(family.size() + 1);
        return text;
    }

    static std::string because(const StepRecord& record) {
        return record.error
                   ? ", because of " + std::string(toString(record.error->outcome)) + ": " + record.error->message
                   : std::string();
    }

    const EngineState& state_;
    const FlowControl& flow_;
    const ActiveRun& run_;
    std::vector<Wait> waits_;
};

}  // namespace

std::vector<Wait> waitsOf(const EngineState& state, const FlowControl& flow, const ActiveRun& run) {
    if (!run.driver) return {{.what = Wait::For::Commit, .sentence = "it is about to end"}};
    return Reasons(state, flow, run).all();
}

}  // namespace stepd::engine
