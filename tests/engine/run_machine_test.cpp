#include <cppunit/extensions/HelperMacros.h>

#include "engine/run_machine.h"

using namespace stepd;
using namespace stepd::engine;

/// The tables are proved sound at compile time; here stands what they must allow and refuse.
class RunMachineTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RunMachineTest);
    CPPUNIT_TEST(testEveryRunThatHasNotEndedCanBeCancelled);
    CPPUNIT_TEST(testNothingMovesWhatHasEnded);
    CPPUNIT_TEST(testStepOutcomes);
    CPPUNIT_TEST_SUITE_END();

public:
    void testEveryRunThatHasNotEndedCanBeCancelled() {
        for (const RunState state : {RunState::Queued, RunState::Running, RunState::Waiting})
            CPPUNIT_ASSERT(RunMachine::next(state, RunEvent::Cancelled) == RunState::Cancelled);
        for (const StepState state : {StepState::Pending, StepState::Running, StepState::Waiting})
            CPPUNIT_ASSERT(StepMachine::next(state, StepEvent::Dropped) == StepState::Cancelled);
    }

    void testNothingMovesWhatHasEnded() {
        for (const RunState state : {RunState::Completed, RunState::Failed, RunState::Cancelled, RunState::Quarantined})
            for (int event = 0; event <= static_cast<int>(RunEvent::Cancelled); ++event)
                CPPUNIT_ASSERT(!RunMachine::next(state, static_cast<RunEvent>(event)));
        for (const StepState state :
             {StepState::Completed, StepState::Failed, StepState::Skipped, StepState::Cancelled})
            for (int event = 0; event <= static_cast<int>(StepEvent::Dropped); ++event)
                CPPUNIT_ASSERT(!StepMachine::next(state, static_cast<StepEvent>(event)));
    }

    void testStepOutcomes() {
        const struct {
            StepState from;
            StepEvent on;
            std::optional<StepState> to;
        } rows[] = {
            {StepState::Pending, StepEvent::AttemptStarted, StepState::Running},
            {StepState::Running, StepEvent::RetryLater, StepState::Waiting},
            {StepState::Waiting, StepEvent::AttemptStarted, StepState::Running},
            {StepState::Running, StepEvent::Succeeded, StepState::Completed},
            {StepState::Pending, StepEvent::NothingToDo, StepState::Skipped},
            {StepState::Pending, StepEvent::GivenUp, StepState::Failed},
            {StepState::Running, StepEvent::AttemptStarted, std::nullopt},  // two open attempts
            {StepState::Pending, StepEvent::Waits, StepState::Waiting},
            {StepState::Waiting, StepEvent::Succeeded, StepState::Completed},  // a sleep is over
            {StepState::Running, StepEvent::Held, StepState::Waiting},
            {StepState::Pending, StepEvent::RetryLater, std::nullopt},
        };
        for (const auto& row : rows) CPPUNIT_ASSERT(StepMachine::next(row.from, row.on) == row.to);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RunMachineTest);
