#pragma once

#include <cstddef>
#include <vector>

#include "engine/graph.h"

namespace stepd::engine {

/// What a failed step means to the others, unless it goes on after a failure.
enum class Failure { FailsAll, StopsNobody };

/// Steps that may need each other: those of a phase outside of groups, or those of one item of a group. Says what
/// their needs make of their states:
///
/// - A need is met when it has ended. One of `requireSuccess` that did not complete skips the step.
/// - `any` is met when `count` needs have completed; when all needs have ended and too few have, the step is skipped.
/// - `race` cancels the needs that have not ended when the join is met, and then what only led to cancelled steps. A
///   cancelled need counts like a skipped one.
/// - A failed step fails all, unless nobody insists on it: everything that needs it leads, with or without steps
///   between, to joins by `any` that are met or can be met without it. So one that lost may fail, and so may one that
///   can still lose; steps between are skipped.
class Siblings {
public:
    /// `plans` outlives this; each has a record below `parent`.
    Siblings(const Graph& graph, const ActiveRun& run, std::size_t parent, const std::vector<std::size_t>& plans,
             Failure failure = Failure::FailsAll)
        : graph_(graph), run_(run), parent_(parent), plans_(plans), failure_(failure) {}

    const std::vector<std::size_t>& plans() const { return plans_; }
    std::size_t place(std::size_t plan) const { return graph_.place(run_, parent_, plan); }

    enum class Turn { NotYet, Now, Never };
    struct Verdict {
        Turn turn = Turn::NotYet;
        StepError why{};  ///< for Never
    };
    /// Of a step that is Pending.
    Verdict turn(std::size_t plan) const;
    /// True of a step that has not ended and whose result nobody waits for any more.
    bool unwanted(std::size_t plan) const;
    /// The place of the first failed one that somebody insists on; kNoStep: there is none.
    std::size_t failure() const;

private:
    struct Tally {
        std::size_t completed = 0;
        std::size_t open = 0;  ///< have not ended
    };
    StepState state(std::size_t plan) const { return run_.steps[place(plan)].record.state; }
    Tally tally(const pipeline::Step& join) const;
    Verdict joined(const pipeline::Step& join) const;
    /// True of a need that failed, and of one that was skipped for such a need.
    bool blocks(std::size_t need) const;
    bool insistedOn(std::size_t plan) const;

    const Graph& graph_;
    const ActiveRun& run_;
    const std::size_t parent_;
    const std::vector<std::size_t>& plans_;
    const Failure failure_;
};

}  // namespace stepd::engine
