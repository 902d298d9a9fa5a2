#pragma once

#include <cstddef>
#include <vector>

#include "engine/graph.h"
#include "engine/siblings.h"

namespace stepd::engine {

/// Works out what comes next in one run, once: walks from its phases down to the items and groups that are open.
class GraphMoves {
public:
    GraphMoves(const Graph& graph, const ActiveRun& run) : graph_(graph), run_(run) {}

    /// As Driver::next. Call once.
    std::vector<Move> next();

private:
    // The phases.
    void mainPart();
    void closingPart(RunState ending);
    /// True when all steps of a closing phase have ended. There a failed step stops nobody.
    bool closed(pipeline::Phase phase);
    Move ended() const;

    // One step.
    /// True when all have ended.
    bool walk(const Siblings& siblings);
    /// The step at `place` is Pending and its turn has come.
    void begin(std::size_t place);
    /// False if `if` of the step keeps it from beginning; the move that says so is made.
    bool wanted(std::size_t place);
    void open(std::size_t place);
    /// The step at `place` has begun: looks after what is below it.
    void follow(std::size_t place);
    void cancel(std::size_t place);

    // What holds others.
    void followGroup(std::size_t place);
    void addMissing(std::size_t parent, const std::vector<std::size_t>& plans);
    void followForeach(std::size_t place);
    void fail(std::size_t place, StepError error);

    bool untouched(std::size_t place) const;
    StepState state(std::size_t place) const { return run_.steps[place].record.state; }

    const Graph& graph_;
    const ActiveRun& run_;
    std::vector<Move> moves_;
};

}  // namespace stepd::engine
