#pragma once

#include <span>

#include "cel/ast.h"
#include "cel/outcome.h"

namespace stepd::cel {

/// One evaluation of a checked expression. Used once, on one thread. Recursion follows the tree, whose height is
/// bounded.
class Evaluator {
public:
    Evaluator(const Ast& ast, const Activation& names, const EvaluateLimits& limits);
    Outcome run();

private:
    Outcome evaluate(const Node& node);
    Outcome evaluate(const Literal& form);
    Outcome evaluate(const Path& form);
    Outcome evaluate(const Select& form);
    Outcome evaluate(const Presence& form);
    Outcome evaluate(const Index& form);
    Outcome evaluate(const MakeList& form);
    Outcome evaluate(const MakeMap& form);
    Outcome evaluate(const Call& form);
    Outcome evaluate(const Match& form);
    Outcome evaluate(const Binary& form);
    Outcome evaluate(const Not& form);
    Outcome evaluate(const Negate& form);
    Outcome evaluate(const Logic& form);
    Outcome evaluate(const Conditional& form);
    Outcome evaluate(const Loop& form);
    Outcome evaluate(const Bind& form);

    Outcome quantify(const Loop& loop, const Value& range);
    Outcome countOne(const Loop& loop, const Value& range);
    Outcome transform(const Loop& loop, const Value& range);
    /// The next round of a loop: charges it and sets its variables.
    bool enterRound(const Loop& loop, const Value& range, std::size_t round);

    const Ast& ast_;
    const Activation& names_;
    Budget budget_;
    std::vector<Value> slots_;
};

}  // namespace stepd::cel
