#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// `any` beside `needs`: what joins, who is cancelled, which failures are forgiven.
class JoinTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JoinTest);
    CPPUNIT_TEST(testJoinsOnTheFirstThatCompletes);
    CPPUNIT_TEST(testOthersAreLeftToRun);
    CPPUNIT_TEST(testRaceCancelsTheOthers);
    CPPUNIT_TEST(testRaceCancelsWhatOnlyLedToTheOthers);
    CPPUNIT_TEST(testCancelledNeedCountsLikeASkippedOne);
    CPPUNIT_TEST(testSkippedNeedDoesNotCount);
    CPPUNIT_TEST(testTooFewSkipsWhenAllHaveEnded);
    CPPUNIT_TEST(testFailureIsForgivenWhileTheJoinCanBeMet);
    CPPUNIT_TEST(testFailureCountsWhenTheJoinCannotBeMet);
    CPPUNIT_TEST(testLoserMayFail);
    CPPUNIT_TEST(testLoserThatIsNeededElsewhereMayNotFail);
    CPPUNIT_TEST(testBranchMayLoseByAFailureInItsMiddle);
    CPPUNIT_TEST(testBranchThatFailedIsNotWaitedFor);
    CPPUNIT_TEST(testRaceCancelsAForeachWithItsItems);
    CPPUNIT_TEST_SUITE_END();

    static Draft three() {
        Draft draft;
        draft.step("a").step("b").step("c");
        return draft;
    }

public:
    void testJoinsOnTheFirstThatCompletes() {
        Draft draft = three();
        draft.step("j", {"a", "b", "c"}).any(2);
        DrivenRun run(draft);
        CPPUNIT_ASSERT_EQUAL(std::string("start a, start b, start c"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string(), run.complete("c"));
        CPPUNIT_ASSERT_EQUAL(std::string("start j"), run.complete("a"));
    }

    void testOthersAreLeftToRun() {
        Draft draft = three();
        draft.step("j", {"a", "b", "c"}).any(1);
        DrivenRun run(draft);
        run.settle();
        run.complete("b");
        CPPUNIT_ASSERT_EQUAL(std::string(), run.complete("j"));
        CPPUNIT_ASSERT_EQUAL(std::string(), run.complete("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("end completed, finish"), run.complete("c"));
    }

    void testRaceCancelsTheOthers() {
        Draft draft = three();
        draft.step("j", {"a", "b", "c"}).race(1);
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("cancel a, cancel c, start j"), run.complete("b"));
        CPPUNIT_ASSERT_EQUAL(std::string("end completed, finish"), run.complete("j"));
    }

    void testRaceCancelsWhatOnlyLedToTheOthers() {
        Draft draft;
        draft.step("a").step("slow").step("shared").step("b", {"slow", "shared"}).step("other", {"shared"});
        draft.step("j", {"a", "b"}).race(1);
        DrivenRun run(draft);
        CPPUNIT_ASSERT_EQUAL(std::string("start a, start slow, start shared"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("cancel b, start j, cancel slow"), run.complete("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("start other"), run.complete("shared"));
    }

    void testCancelledNeedCountsLikeASkippedOne() {
        Draft draft;
        draft.step("a").step("b").step("j", {"a", "b"}).race(1).step("after", {"b"}).step("strict", {"b"}).require("b");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("cancel b, start j, start after, skip strict (need_not_met)"),
                             run.complete("a"));
    }

    void testSkippedNeedDoesNotCount() {
        Draft draft;
        draft.step("a").when("false").step("b").step("j", {"a", "b"}).any(1);
        DrivenRun run(draft);
        CPPUNIT_ASSERT_EQUAL(std::string("skip a (condition_false), start b"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("start j"), run.complete("b"));
    }

    void testTooFewSkipsWhenAllHaveEnded() {
        Draft draft;
        draft.step("a").when("false").step("b").goesOn().step("c").step("j", {"a", "b", "c"}).any(2);
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string(), run.fail("b"));
        CPPUNIT_ASSERT_EQUAL(std::string("skip j (too_few_completed), end completed, finish"), run.complete("c"));
        CPPUNIT_ASSERT_EQUAL(std::string("any 2 of `a`, `b`, `c` had to complete, and 1 did"),
                             run.step("j").record.error->message);
    }

    void testFailureIsForgivenWhileTheJoinCanBeMet() {
        Draft draft = three();
        draft.step("j", {"a", "b", "c"}).any(1);
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string(), run.fail("a"));
        CPPUNIT_ASSERT_EQUAL(std::string(), run.fail("b"));
        CPPUNIT_ASSERT_EQUAL(std::string("start j"), run.complete("c"));
        CPPUNIT_ASSERT_EQUAL(std::string("end completed, finish"), run.complete("j"));
    }

    void testFailureCountsWhenTheJoinCannotBeMet() {
        Draft draft = three();
        draft.step("j", {"a", "b", "c"}).any(2);
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string(), run.fail("b"));
        CPPUNIT_ASSERT_EQUAL(std::string("end a failed, finish"), run.fail("a"));
    }

    void testLoserMayFail() {
        Draft draft = three();
        draft.step("j", {"a", "b", "c"}).any(1);
        DrivenRun run(draft);
        run.settle();
        run.complete("a");
        CPPUNIT_ASSERT_EQUAL(std::string(), run.fail("b"));
        run.complete("j");
        CPPUNIT_ASSERT_EQUAL(std::string("end completed, finish"), run.fail("c"));
    }

    void testLoserThatIsNeededElsewhereMayNotFail() {
        Draft draft = three();
        draft.step("j", {"a", "b"}).any(1).step("after", {"b"});
        DrivenRun run(draft);
        run.settle();
        run.complete("a");
        CPPUNIT_ASSERT_EQUAL(std::string("end b failed, finish"), run.fail("b"));
    }

    void testBranchMayLoseByAFailureInItsMiddle() {
        Draft draft;
        draft.step("a").step("b0").step("b1", {"b0"}).step("b2", {"b1"}).step("j", {"a", "b2"}).any(1);
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("skip b1 (need_failed), skip b2 (need_failed)"), run.fail("b0"));
        CPPUNIT_ASSERT_EQUAL(std::string("start j"), run.complete("a"));
    }

    void testBranchThatFailedIsNotWaitedFor() {
        Draft draft;
        draft.step("a").step("b0").step("b1", {"b0"}).step("j", {"a", "b1"}).any(1);
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("skip b1 (need_failed)"), run.fail("b0"));
        CPPUNIT_ASSERT_EQUAL(std::string("`b0` was needed, and it failed"), run.step("b1").record.error->message);
        DrivenRun lost(draft);
        lost.settle();
        lost.fail("b0");
        CPPUNIT_ASSERT_EQUAL(std::string("end a failed, finish"), lost.fail("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("start j"), run.complete("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("end completed, finish"), run.complete("j"));
    }

    void testRaceCancelsAForeachWithItsItems() {
        Draft draft;
        draft.step("a").step("each").forEach("[1, 2, 3]", 2).step("j", {"a", "each"}).race(1);
        DrivenRun run(draft);
        run.settle();
        run.complete("each[0]");
        CPPUNIT_ASSERT_EQUAL(std::string("cancel each[1], cancel each[2], cancel each, start j"), run.complete("a"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JoinTest);
