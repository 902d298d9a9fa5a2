#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// What runs after the main part: `on_failure` and `finally`.
class ClosingPhasesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ClosingPhasesTest);
    CPPUNIT_TEST(testWhatRunsDependsOnTheEnding);
    CPPUNIT_TEST(testOnFailureComesBeforeFinally);
    CPPUNIT_TEST(testFailureStopsNobodyElse);
    CPPUNIT_TEST(testFailedOnFailureChangesNothing);
    CPPUNIT_TEST(testFailedFinallyFailsACompletedRun);
    CPPUNIT_TEST(testFailedFinallyOfAFailedRunChangesNothing);
    CPPUNIT_TEST(testFailedFinallyMayBeGoneOnAfter);
    CPPUNIT_TEST(testErrorIsNamed);
    CPPUNIT_TEST(testErrorIsNullUnlessFailed);
    CPPUNIT_TEST(testForeachAndNeedsInFinally);
    CPPUNIT_TEST(testLoserOfAJoinInFinallyMayFail);
    CPPUNIT_TEST(testGoesOnAfterARestart);
    CPPUNIT_TEST_SUITE_END();

    static Draft both() {
        Draft draft;
        draft.step("a").onFailure("f").finally("z");
        return draft;
    }

public:
    void testWhatRunsDependsOnTheEnding() {
        const struct {
            RunState ending;
            const char* moves;
        } rows[] = {
            {RunState::Completed, "add z, start z"},
            {RunState::Failed, "add f, start f"},
            {RunState::Cancelled, "add z, start z"},
            {RunState::Quarantined, "finish"},
        };
        for (const auto& row : rows) {
            Draft draft = both();
            DrivenRun run(draft);
            run.settle();
            CPPUNIT_ASSERT_EQUAL(std::string(row.moves), run.ended(row.ending));
        }
    }

    void testOnFailureComesBeforeFinally() {
        Draft draft = both();
        draft.onFailure("g", {"f"});
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("end a failed, add f g, start f"), run.fail("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("start g"), run.complete("f"));
        CPPUNIT_ASSERT_EQUAL(std::string("add z, start z"), run.complete("g"));
        CPPUNIT_ASSERT_EQUAL(std::string("finish"), run.complete("z"));
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, run.run.record.state);
    }

    void testFailureStopsNobodyElse() {
        Draft draft = both();
        draft.finally("y", {"z"});
        DrivenRun run(draft);
        run.settle();
        run.ended(RunState::Cancelled);
        CPPUNIT_ASSERT_EQUAL(std::string("start y"), run.fail("z"));
        CPPUNIT_ASSERT_EQUAL(std::string("finish"), run.complete("y"));
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, run.run.record.state);
    }

    void testFailedOnFailureChangesNothing() {
        Draft draft = both();
        DrivenRun run(draft);
        run.settle();
        run.fail("a");
        const std::string error = run.run.record.error;
        CPPUNIT_ASSERT_EQUAL(std::string("add z, start z"), run.fail("f", "other"));
        CPPUNIT_ASSERT_EQUAL(std::string("finish"), run.complete("z"));
        CPPUNIT_ASSERT_EQUAL(error, run.run.record.error);
    }

    void testFailedFinallyFailsACompletedRun() {
        Draft draft = both();
        draft.finally("y");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("end completed, add z y, start z, start y"), run.complete("a"));
        CPPUNIT_ASSERT_EQUAL(std::string(), run.fail("z"));
        CPPUNIT_ASSERT_EQUAL(std::string("end z failed, finish"), run.complete("y"));  // without on_failure
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, run.run.record.state);
    }

    void testFailedFinallyOfAFailedRunChangesNothing() {
        Draft draft = both();
        DrivenRun run(draft);
        run.settle();
        run.fail("a");
        run.complete("f");
        CPPUNIT_ASSERT_EQUAL(std::string("finish"), run.fail("z"));
        CPPUNIT_ASSERT(run.run.record.error.find("\"step\":\"a\"") != std::string::npos);
    }

    void testFailedFinallyMayBeGoneOnAfter() {
        Draft draft = both();
        draft.goesOn();
        DrivenRun run(draft);
        run.settle();
        run.complete("a");
        CPPUNIT_ASSERT_EQUAL(std::string("finish"), run.fail("z"));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, run.run.record.state);
    }

    void testErrorIsNamed() {
        Draft draft;
        draft.step("a").onFailure("f").input("error").when("error.step == 'a' && error.code == 'broken'");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("end a failed, add f, start f"), run.fail("a"));
        CPPUNIT_ASSERT_EQUAL(run.run.record.error, run.driver->prepare(run.run, run.place("f"))->input);
    }

    void testErrorIsNullUnlessFailed() {
        Draft draft;
        draft.step("a").finally("z").when("error == null && steps.a.ok");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("end completed, add z, start z"), run.complete("a"));
    }

    void testForeachAndNeedsInFinally() {
        Draft draft;
        draft.step("a").finally("each").forEach("[1, 2]").finally("y", {"each"}).when("steps.each.output == [10, 20]");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(
            std::string("end completed, add each y, open each, add each[0] each[1], start each[0], start each[1]"),
            run.complete("a"));
        run.complete("each[0]", "10");
        CPPUNIT_ASSERT_EQUAL(std::string("succeed each, start y"), run.complete("each[1]", "20"));
    }

    void testLoserOfAJoinInFinallyMayFail() {
        Draft draft;
        draft.step("a").finally("x").finally("y").finally("j", {"x", "y"}).any(1);
        DrivenRun run(draft);
        run.settle();
        run.complete("a");
        run.fail("x");
        CPPUNIT_ASSERT_EQUAL(std::string("start j"), run.complete("y"));
        CPPUNIT_ASSERT_EQUAL(std::string("finish"), run.complete("j"));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, run.run.record.state);
    }

    void testGoesOnAfterARestart() {
        Draft draft = both();
        draft.onFailure("g", {"f"});
        DrivenRun run(draft);
        run.settle();
        run.fail("a");
        run.reload();  // g was not stored
        CPPUNIT_ASSERT_EQUAL(std::string("add g"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("start g"), run.complete("f"));
        run.complete("g");
        run.reload();
        CPPUNIT_ASSERT_EQUAL(std::string("finish"), run.complete("z"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClosingPhasesTest);
