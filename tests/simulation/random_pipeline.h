#pragma once

#include <string>
#include <vector>

#include "base/random.h"

namespace stepd::test {

/// Dice over a Random.
class Dice {
public:
    explicit Dice(Random& random) : random_(random) {}
    std::uint64_t below(std::uint64_t end) { return random_.next() % end; }
    bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
    const char* oneOf(std::initializer_list<const char*> texts) { return texts.begin()[below(texts.size())]; }

private:
    Random& random_;
};

/// What a random pipeline may name.
struct PipelineWorld {
    std::string id;                   ///< also the event that starts it
    std::vector<std::string> others;  ///< pipelines that it may send events to, or invoke: never in a circle
    std::size_t mostSteps = 8;
    /// It may wait for an invoked run without a limit. Not where that one may need a slot which this one holds.
    bool patient = true;
};

/// The YAML of a pipeline of any graph, flow control, built-in steps, retries and expressions. The events are expected
/// to have `data: {key: INT, n: DOUBLE, items: [INT...]}`; `signal.a` and `signal.b` are events that runs wait for.
/// Steps call the plugins `p0` to `p3`, and use the limiter `slow`.
std::string randomPipeline(const PipelineWorld& world, Random& random);

/// The same with other limits, and without its schedules: what an operator may do while runs are under way.
std::string withOtherLimits(const std::string& yaml, Random& random);

/// The steps of a random pipeline, `steps`, `on_failure`, `finally` and `output`.
std::string randomSteps(const PipelineWorld& world, Dice& dice);
/// `{attempts: 3, ...}`
std::string randomRetry(Dice& dice);

}  // namespace stepd::test
