#pragma once

#include <cstddef>
#include <vector>

#include "engine/graph.h"

namespace stepd::engine {

/// Steps that may need each other: those of a phase outside of groups, or those of one item of a group. Says what
/// their needs make of their states:
///
/// - A need is met when it has ended. One of `requireSuccess` that did not complete skips the step.
/// - `any` is met when `count` needs have completed; when all needs have ended and too few have, the step is skipped.
/// - `race` cancels the needs that have not ended when the join is met, and then what only led to cancelled steps. A
///   cancelled need counts like a skipped one.
/// - A step fails the whole unless it goes on after a failure. It is forgiven while all that need it are joins by `any`
///   which are met, or can be met without it: one that lost may fail.
class Siblings {
public:
    /// `plans` outlives this; each has a record below `parent`.
    Siblings(const Graph& graph, const ActiveRun& run, std::size_t parent, const std::vector<std::size_t>& plans)
        : graph_(graph), run_(run), parent_(parent), plans_(plans) {}

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
    /// The place of the first one that fails the whole; kNoStep: none does.
    std::size_t failure() const;

private:
    struct Tally {
        std::size_t completed = 0;
        std::size_t open = 0;  ///< have not ended
    };
    StepState state(std::size_t plan) const { return run_.steps[place(plan)].record.state; }
    Tally tally(const pipeline::Step& join) const;
    Verdict joined(const pipeline::Step& join) const;
    bool forgiven(std::size_t plan) const;

    const Graph& graph_;
    const ActiveRun& run_;
    const std::size_t parent_;
    const std::vector<std::size_t>& plans_;
};

}  // namespace stepd::engine
