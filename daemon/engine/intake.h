#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/backlog.h"
#include "engine/built_in_steps.h"
#include "engine/catalog.h"
#include "engine/flow_control.h"

namespace stepd::engine {

/// What the intake asks of the rest of the engine.
struct IntakeHooks {
    /// A new run that has room in memory; its admission is in the ledger then.
    std::function<ActiveRun&(const std::shared_ptr<const ActiveEvent>&, Run, DriverPtr)> enter;
    std::function<void(ActiveRun&)> begin;
    std::function<void(RunId, std::string why)> cancelRun;
    std::function<void(Timestamp)> parked;  ///< a run was born parked
    /// The event is part of the batch: show it to those who wait for it.
    std::function<void(const std::shared_ptr<const ActiveEvent>&)> spread;
};

/// Events come in. The store is asked which of their keys are taken; then everything is decided here, and becomes
/// durable in one batch: the event, its runs, what flow control used up for them. Events are admitted in the order in
/// which they came. Engine thread only.
class Intake {
public:
    /// Keys go on from the last ones stored.
    Intake(EngineState& state, Catalog& catalog, FlowControl& flow, Backlog& backlog, IntakeHooks hooks,
           EventId lastEvent, RunId lastRun);

    void submit(std::vector<NewEvent> events, Engine::SubmitCallback done);
    void send(Order order);
    /// Absent if the pipeline has no current revision.
    std::optional<StartedRun> rerun(Rerun rerun);
    /// Those that are not admitted yet are answered so.
    void refuse(const Submitted& answer);
    /// A commit is on disk: keys taken in it need not be remembered once the store is asked again.
    void settled();
    /// What was gathered was handed in.
    void handedIn();

    RunId lastRun() const { return lastRun_; }

private:
    /// An event with all that could be found out about it alone.
    struct Plan {
        std::shared_ptr<ActiveEvent> event;
        std::optional<store::OnceKey> once;
        struct Start {
            Catalog::EntryPtr entry;
            std::optional<store::OnceKey> once;
        };
        std::vector<Start> starts;  ///< one for each pipeline with a trigger that matches
    };
    struct Pending {
        std::vector<NewEvent> events;
        Engine::SubmitCallback done;  ///< empty for an order, and once it has been answered
        Order order;
        bool ordered = false;  ///< from inside: nobody who could be refused
    };
    using Key = std::pair<std::string, std::string>;  // scope, key
    struct Asked {
        Pending pending;
        std::vector<Plan> plans;
    };

    /// An event on its way in, and what has become of it so far.
    struct Arrival {
        const Plan& plan;
        const Order& order;
        NewAdmission fresh;
        Submitted answer;
        std::vector<ActiveRun*> entered;
    };

    void enqueue(Pending pending);
    void askNext();
    void answered();
    void admitAll(Asked asked);
    Plan plan(NewEvent event) const;
    bool triggered(const Catalog::Entry& entry, const ActiveEvent& event) const;
    std::optional<store::OnceKey> onceKey(const Catalog::Entry& entry, const ActiveEvent& event) const;

    Submitted admit(Plan plan, const Order& order);
    Submitted repeated(const Plan& plan, const store::OnceHolder& known) const;
    void start(Arrival& arrival, const Plan::Start& start);
    void overlap(Verdict& verdict, const Order& order) const;
    void join(Arrival& arrival, const Plan::Start& start, const Verdict& verdict);
    void place(Arrival& arrival, const Plan::Start& start, Run run, std::optional<Timestamp> wakeAt);
    Run newRun(const Catalog::Entry& entry, const ActiveEvent& event, const Order& order);
    static std::vector<store::Wait> earsOf(const DriverPtr& driver, const ActiveEvent& event);
    const store::OnceHolder* holderOf(const std::optional<store::OnceKey>& once) const;
    void claim(const store::OnceKey& once, store::OnceHolder holder);
    void report(const Catalog::Entry& entry, const ActiveEvent& event, const std::string& problem) const;

    EngineState& state_;
    Catalog& catalog_;
    FlowControl& flow_;
    Backlog& backlog_;
    const IntakeHooks hooks_;
    EventId lastEvent_;
    RunId lastRun_;

    std::deque<Pending> queue_;
    std::deque<Asked> asked_;                   // the store looks up their keys
    std::map<Key, store::OnceHolder> found_;    // of the answer at work
    std::map<Key, store::OnceHolder> claimed_;  // taken since the store was asked last
    // Of those: in the batch that is being filled, in the one that is handed in, known to the store.
    std::vector<Key> open_;
    std::vector<Key> handedIn_;
    std::vector<Key> settled_;
};

}  // namespace stepd::engine
