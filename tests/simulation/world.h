#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "simulation/mutation.h"
#include "simulation/random_pipeline.h"
#include "simulation/witness.h"
#include "support/engine_fixture.h"

namespace stepd::test {

/// One seeded life of the engine: random pipelines, events, failures, crashes, full disks, clocks that are set, and
/// people who cancel, rerun, release, pause and change pipelines. A Witness checks the invariants after every turn; a
/// broken one fails the test with the seed. New parts of the pipeline language join in `random_pipeline.cpp` and
/// `random_steps.cpp`, new troubles in `World::disturb`.
class World {
public:
    explicit World(std::uint64_t seed, Mutation mutation = Mutation::None);
    /// Lives through all of it, until every run has ended. Returns the hash of all that was seen.
    std::uint64_t live();
    /// How often what happened: `run quarantined`, `duplicate event`, `store full`. So a test sees that the lives are
    /// not empty.
    std::map<std::string, int> seen() const;

private:
    // What goes wrong, and what people do.
    void disturb();
    void submit();
    engine::NewEvent randomEvent();
    void cancelSome();
    void rerunSome();
    void releaseSome();
    void pauseSome(bool paused);
    void changePipeline();
    void setClock();
    void breakRevision();
    void swapPlugin();
    void askAbout();
    void restart();
    RunId someRun();

    // Time goes by.
    void turns(std::uint64_t most);
    bool turn();
    void calmDown();
    bool letGo();
    std::string answer(const host::StepCall& call);

    void check();
    void checkAnswers();
    void checkAtEnd();
    void note(std::string_view what);
    void use(const std::string& name, const std::string& yaml);

    std::uint64_t below(std::uint64_t end) { return dice_.below(end); }
    bool chance(int percent) { return dice_.chance(percent); }

    const Mutation mutation_;
    SeededRandom random_;
    Dice dice_{random_};
    EngineFixture engine_;
    Witness witness_;
    std::vector<std::string> names_;             // of pipelines, and of the events that start them
    std::map<std::string, std::string> yaml_;    // by name
    std::map<std::string, RevisionId> current_;  // likewise
    std::vector<EventId> acknowledged_;
    std::map<std::string, int> seen_;
    std::size_t answersSeen_ = 0;
    std::uint64_t hash_ = 0xcbf29ce484222325U;
    std::size_t linesSeen_ = 0;
    bool calm_ = false;  // the world lets everything end
    bool diskFailed_ = false;
    bool revisionsBroke_ = false;
};

}  // namespace stepd::test
