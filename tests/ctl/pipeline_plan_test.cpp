#include "ctl/pipeline_plan.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

class PipelinePlanTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PipelinePlanTest);
    CPPUNIT_TEST(testWhatComesAndGoes);
    CPPUNIT_TEST(testAddedAndRemovedPipelines);
    CPPUNIT_TEST_SUITE_END();

    static cel::Program expression(const std::string& text) {
        auto program = cel::compile(text);
        CPPUNIT_ASSERT(bool(program));
        return *program;
    }
    static pipeline::Pipeline orders() {
        pipeline::Pipeline pipeline;
        pipeline.id = "orders";
        pipeline.triggers = {{.pattern = "order.*", .condition = expression("event.data.paid")}};
        pipeline.throttle = pipeline::Rate{.family = "f", .limit = 10, .period = 1min};
        pipeline.steps.resize(1);
        pipeline.steps[0].id = "pack";
        pipeline.steps[0].plugin = "packer";
        pipeline.steps[0].retry.policy.attempts = 3;
        return pipeline;
    }
    static std::string text(const std::vector<ctl::PlanLine>& lines) {
        std::string all;
        for (const auto& line : lines) all += line.sign + line.text + "\n";
        return all;
    }

    void testWhatComesAndGoes() {
        const auto before = orders();
        auto after = orders();
        CPPUNIT_ASSERT(ctl::comparePipelines(&before, &after).empty());
        after.throttle->limit = 20;
        after.throttle->key = expression("event.data.shop");
        after.crons = {{.expression = "0 3 * * *", .timezone = "Europe/Berlin"}};
        after.steps[0].timeout = 5s;
        CPPUNIT_ASSERT_EQUAL(std::string("-throttle 10 per 1m\n"
                                         "-step pack uses packer, 3 tries of 1m\n"
                                         "+cron 0 3 * * * Europe/Berlin\n"
                                         "+throttle 20 per 1m by event.data.shop\n"
                                         "+step pack uses packer, 3 tries of 5s\n"),
                             text(ctl::comparePipelines(&before, &after)));
    }

    void testAddedAndRemovedPipelines() {
        const auto pipeline = orders();
        CPPUNIT_ASSERT_EQUAL(std::string("+trigger order.* if event.data.paid\n+throttle 10 per 1m\n"
                                         "+step pack uses packer, 3 tries of 1m\n"),
                             text(ctl::comparePipelines(nullptr, &pipeline)));
        CPPUNIT_ASSERT_EQUAL('-', ctl::comparePipelines(&pipeline, nullptr).at(0).sign);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PipelinePlanTest);
