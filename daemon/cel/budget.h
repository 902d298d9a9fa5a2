#pragma once

#include <cstddef>

#include "cel/cel.h"

namespace stepd::cel {

/// What an evaluation may still spend. Used up means used up: every later call fails too, so that no `||` can hide it.
class Budget {
public:
    explicit Budget(const EvaluateLimits& limits) : steps_(limits.steps), bytes_(limits.resultBytes) {}

    /// Work: one step a node visited, more for what takes longer. False if it is too much.
    bool spend(std::size_t steps) { return take(steps_, steps); }
    /// Work over `bytes` of text or of a value.
    bool scan(std::size_t bytes) { return spend(1 + bytes / 64); }
    /// Memory for a value made on the way. False if it is too much.
    bool grow(std::size_t bytes) { return take(bytes_, bytes); }
    bool usedUp() const { return usedUp_; }

private:
    bool take(std::size_t& left, std::size_t wanted) {
        if (usedUp_ || wanted > left) {
            usedUp_ = true;
            return false;
        }
        left -= wanted;
        return true;
    }

    std::size_t steps_;
    std::size_t bytes_;
    bool usedUp_ = false;
};

}  // namespace stepd::cel
