#include "api/rerun_plan.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;
using enum StepState;

namespace {

constexpr const char* kPipeline = R"(version: 1
id: p
on: [{event: e}]
steps:
  - {id: validate, uses: x}
  - {id: left, needs: [validate], uses: x}
  - {id: right, needs: [validate], uses: x}
  - {id: rest, needs: [right], uses: x}
  - {id: save, needs: [left, rest], uses: x}
)";

StepRecord step(const std::string& name, StepState state) {
    return {.name = name, .kind = "plugin", .state = state, .output = "{}"};
}

}  // namespace

class RerunPlanTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RerunPlanTest);
    CPPUNIT_TEST(testWhatIsKept);
    CPPUNIT_TEST(testItemsGoWithTheirStep);
    CPPUNIT_TEST(testWhoGetsTheInput);
    CPPUNIT_TEST(testWhatIsRefused);
    CPPUNIT_TEST_SUITE_END();

    static std::string kept(const std::vector<StepRecord>& records, const std::string& from) {
        const auto pipeline = test::BackendFixture::load(kPipeline);
        const auto plan = api::planRerun(*pipeline, Run{}, Event{}, records, {.from = from});
        CPPUNIT_ASSERT(bool(plan));
        std::string names;
        for (const auto& record : plan->kept) names += record.name + " ";
        return names;
    }

    void testWhatIsKept() {
        const struct {
            std::string from;
            StepState left, right, rest;
            std::string want;
        } rows[] = {
            {"", Completed, Completed, Completed, ""},
            {"validate", Completed, Completed, Completed, ""},
            {"left", Completed, Completed, Completed, "validate right rest "},
            {"right", Completed, Completed, Completed, "validate left "},
            {"save", Completed, Skipped, Completed, "validate left right rest "},
            {"save", Completed, Cancelled, Pending, "validate left "},
            // A step that failed is done again, and so is one that was skipped perhaps for it.
            {"left", Completed, Failed, Skipped, "validate "},
            {"left", Completed, Failed, Completed, "validate rest "},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                "from " + row.from, row.want,
                kept({step("validate", Completed), step("left", row.left), step("right", row.right),
                      step("rest", row.rest), step("save", Failed), step("forgotten", Completed)},
                     row.from));
    }

    void testItemsGoWithTheirStep() {
        const std::vector<StepRecord> records = {step("validate", Completed), step("left", Completed),
                                                 step("left[0]", Completed),  step("left[1]", Failed),
                                                 step("right", Failed),       step("right[0]", Completed)};
        CPPUNIT_ASSERT_EQUAL(std::string("validate left left[0] left[1] "), kept(records, "save"));
    }

    void testWhoGetsTheInput() {
        const auto pipeline = test::BackendFixture::load(kPipeline);
        const std::pair<api::RerunWish, std::string> rows[] = {
            {{.from = "", .input = "1", .step = ""}, "validate"},
            {{.from = "rest", .input = "1", .step = ""}, "rest"},
            {{.from = "rest", .input = "1", .step = "save"}, "save"}};
        for (const auto& [wish, want] : rows) {
            const auto plan = api::planRerun(*pipeline, Run{}, Event{}, {}, wish);
            CPPUNIT_ASSERT_EQUAL(want, plan->input->step);
            CPPUNIT_ASSERT_EQUAL(std::string("1"), plan->input->json);
        }
    }

    void testWhatIsRefused() {
        const auto pipeline = test::BackendFixture::load(kPipeline);
        const std::vector<StepRecord> records = {step("validate", Completed)};
        const std::pair<api::RerunWish, std::string> rows[] = {
            {{.from = "sav", .input = "", .step = ""}, "did you mean save?"},
            {{.from = "save", .input = "1", .step = "validate"}, "is kept"},
            {{.from = "", .input = "1", .step = "none"}, "no main step none"},
            {{.from = "", .input = "", .step = "save"}, "there is none"}};
        for (const auto& [wish, want] : rows) {
            const auto plan = api::planRerun(*pipeline, Run{}, Event{}, records, wish);
            CPPUNIT_ASSERT(!plan);
            CPPUNIT_ASSERT_MESSAGE(plan.error(), plan.error().find(want) != std::string::npos);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RerunPlanTest);
