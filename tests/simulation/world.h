#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/engine_fixture.h"

namespace stepd::test {

/// One seeded life of the engine: random pipelines, events, failures, crashes, full disks and cancels. The invariants
/// are checked after every turn; a broken one fails the test with the seed. New parts of the pipeline language join in
/// `world_pipelines.cpp`, new troubles in `World::disturb`.
class World {
public:
    explicit World(std::uint64_t seed);
    /// Lives through all of it, until every run has ended. Returns the hash of all that was seen.
    std::uint64_t live();
    /// How often what happened: `run quarantined`, `duplicate`, `store full`. So a test sees that the lives are not
    /// empty.
    const std::map<std::string, int>& seen() const { return seen_; }

private:
    void disturb();
    void submit();
    void cancelSome();
    void restart();
    void turns(std::uint64_t most);
    std::string answer(const host::StepCall& call);

    void checkAll();
    void checkAnswers();
    void checkRun(const Run& run);
    void checkSteps(const Run& run);
    void require(bool holds, const std::string& invariant, const Run& run) const;
    void note(std::string_view what);

    std::uint64_t below(std::uint64_t end) { return random_.next() % end; }
    bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }

    const std::uint64_t seed_;
    SeededRandom random_;
    EngineFixture engine_;
    std::vector<std::string> pipelines_;
    std::map<RunId, RunState> ended_;  // as first seen
    std::map<std::string, int> seen_;
    std::uint64_t commitsSeen_ = 0;
    std::size_t answersSeen_ = 0;
    std::uint64_t hash_ = 0xcbf29ce484222325U;
    std::size_t linesSeen_ = 0;
    bool calm_ = false;  // the world lets everything end
};

/// A pipeline of up to 8 steps that waits for event `name`; any graph, condition, retry and expression.
std::string randomPipeline(const std::string& name, Random& random);

}  // namespace stepd::test
