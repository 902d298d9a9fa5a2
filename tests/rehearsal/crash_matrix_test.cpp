#include "rehearsal/crash_matrix.h"

#include "rehearsal/rehearsal_fixture.h"

using namespace stepd;
using namespace stepd::rehearsal;
using namespace stepd::test;

class CrashMatrixTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CrashMatrixTest);
    CPPUNIT_TEST(testCaseReachesItsEndFromEveryCommit);
    CPPUNIT_TEST(testTryThatWasCutOffGetsTheSameAnswerAgain);
    CPPUNIT_TEST(testStepThatAnswersDifferentlyAfterACrashIsFound);
    CPPUNIT_TEST(testEndThatDependsOnTheCrashIsFound);
    CPPUNIT_TEST(testEffectThatIsNotOnDiskIsFound);
    CPPUNIT_TEST(testEveryKindOfChangeIsNamed);
    CPPUNIT_TEST(testFailedCaseIsNotCrashed);
    CPPUNIT_TEST_SUITE_END();

    RehearsalFixture fixture_;

    TestFile shop(const std::string& answers, const std::string& expect = "{state: completed}") {
        fixture_.pipeline("shop",
                          "steps: [{id: pay, uses: bank}, {id: ship, uses: post}]\noutput: ${{ steps.pay.output }}\n");
        auto file =
            fixture_.read("cases:\n  - name: one\n    crash_matrix: true\n    event: {name: go}\n    plugins: {" +
                          answers + ", post: [{return: 2, takes: 1s}]}\n    expect: " + expect + "\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), fixture_.textOf(file.findings));
        return file;
    }

    static Observation play(const TestFile& file, std::optional<Crash> crash = {}) {
        return CasePlayer(file, file.cases.at(0), {}).play(crash);
    }

public:
    void testCaseReachesItsEndFromEveryCommit() {
        const TestFile file = shop("bank: [{return: 1, takes: 4s}]");
        const CaseReport report = runCase(file, file.cases[0]);
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(report.differences));
        CPPUNIT_ASSERT_EQUAL(2 * play(file).commits, report.crashes);
        CPPUNIT_ASSERT(report.crashes >= 6);
    }

    void testTryThatWasCutOffGetsTheSameAnswerAgain() {
        const TestFile file = shop("bank: [{error: {class: transient}, takes: 1s}, {return: 7, takes: 1s}]");
        const std::uint64_t commits = play(file).commits;
        int cut = 0;
        for (std::uint64_t commit = 1; commit <= commits; ++commit) {
            const Observation seen = play(file, Crash{.commit = commit, .fault = SimFault::CrashBefore});
            CPPUNIT_ASSERT(seen.crashed);
            CPPUNIT_ASSERT_EQUAL(std::string(), joined(seen.problems));
            CPPUNIT_ASSERT_EQUAL(std::string("7"), seen.runs.at(0).run.output);
            cut += seen.runs[0].find("pay")->record.attempts > 2 ? 1 : 0;
        }
        CPPUNIT_ASSERT_EQUAL(2, cut);  // the result of each of its two tries was lost once
    }

    void testStepThatAnswersDifferentlyAfterACrashIsFound() {
        const TestFile file = shop("bank: [{return: 1, takes: 4s}]");
        const TestFile other = shop("bank: [{return: 2, takes: 4s}]");
        const MatrixResult result =
            playCrashMatrix(play(file), [&](Crash crash) { return play(crash.commit == 2 ? other : file, crash); });
        CPPUNIT_ASSERT_EQUAL(std::string("stopped before commit 2, at 4s: output: expected 1, was 2\n"
                                         "stopped before commit 2, at 4s: steps.pay.output: expected 1, was 2\n"),
                             joined(result.differences));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(2), result.crashes);
    }

    /// A time limit of its own that the second attempt does not keep.
    void testEndThatDependsOnTheCrashIsFound() {
        fixture_.pipeline(
            "shop", "steps:\n  - {id: pay, uses: bank, retry: {attempts: 2, initial: 1s, jitter: none, budget: 8s}}\n");
        const auto file = fixture_.read(R"(cases:
  - name: one
    crash_matrix: true
    event: {name: go}
    plugins: {bank: [{error: {class: transient}, takes: 5s}, {return: 1}]}
    expect: {state: completed}
)");
        const CaseReport report = runCase(file, file.cases.at(0));
        CPPUNIT_ASSERT_MESSAGE(joined(report.differences), !report.passed());
        CPPUNIT_ASSERT(report.differences[0].starts_with(
            "stopped before commit 2, at 5s: state: completed without the crash, failed with it"));
    }

    /// An engine that acts before it commits: what its plugin saw is in no store.
    void testEffectThatIsNotOnDiskIsFound() {
        const TestFile file = shop("bank: [{return: 1, takes: 4s}]");
        const MatrixResult result = playCrashMatrix(play(file), [&](Crash crash) {
            Observation seen = play(file, crash);
            if (crash.commit == 3) seen.runs.at(0).steps.pop_back();
            return seen;
        });
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "stopped before commit 3, at 5s: steps.ship.state: completed without the crash, not_reached with it\n"),
            joined(result.differences));
    }

    void testEveryKindOfChangeIsNamed() {
        const TestFile file = shop("bank: [{return: 1, takes: 4s}]");
        const Observation undisturbed = play(file);
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(changesByCrash(undisturbed, undisturbed)));
        Observation seen = undisturbed;
        seen.events = {"paid"};
        seen.problems = {"the engine gave up: why"};
        ObservedRun& run = seen.runs.at(0);
        run.run.state = RunState::Failed;
        run.run.error = R"({"code":"x"})";
        ObservedStep& pay = run.steps.at(0);
        pay.attempts.push_back(pay.attempts.at(0));
        pay.attempts.push_back({.step = 0, .number = 3});
        run.steps.push_back({.record = {.number = 9, .name = "new", .state = StepState::Skipped}});
        CPPUNIT_ASSERT_EQUAL(std::string("state: completed without the crash, failed with it\n"
                                         "error: expected null, was {\"code\":\"x\"}\n"
                                         "steps.pay.attempts: number 3 was never ended\n"
                                         "steps.pay.output: was recorded 2 times\n"
                                         "steps.new.state: not_reached without the crash, skipped with it\n"
                                         "events: none without the crash, paid with it\n"
                                         "the engine gave up: why\n"),
                             joined(changesByCrash(undisturbed, seen)));
        seen.runs.clear();
        CPPUNIT_ASSERT_EQUAL(std::string("runs: 1 without the crash, 0 with it"),
                             changesByCrash(undisturbed, seen).at(0));
    }

    void testFailedCaseIsNotCrashed() {
        const TestFile file = shop("bank: [{return: 1}]", "{state: failed}");
        const CaseReport report = runCase(file, file.cases[0]);
        CPPUNIT_ASSERT_EQUAL(std::string("state: expected failed, was completed\n"), joined(report.differences));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(0), report.crashes);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashMatrixTest);
