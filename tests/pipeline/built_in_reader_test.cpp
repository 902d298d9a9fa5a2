#include "pipeline/document_scope.h"
#include "pipeline/loaded.h"

using namespace stepd;
using namespace stepd::pipeline;

/// What `uses: core/...` becomes in the model; tests/golden/pipelines has the mistakes.
class BuiltInReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(BuiltInReaderTest);
    CPPUNIT_TEST(testSleep);
    CPPUNIT_TEST(testWaitForEvent);
    CPPUNIT_TEST(testCorrelation);
    CPPUNIT_TEST(testSendEvent);
    CPPUNIT_TEST(testInvoke);
    CPPUNIT_TEST(testFail);
    CPPUNIT_TEST(testHttpIsAPlugin);
    CPPUNIT_TEST_SUITE_END();

    static PipelinePtr step(const std::string& name, const std::string& with) {
        return goodWith("steps:\n  - {id: a, uses: core/" + name + ", with: " + with + "}\n");
    }

    template <typename Kind>
    static const Kind& only(const PipelinePtr& pipeline) {
        const auto* found = std::get_if<Kind>(&pipeline->steps.at(0).builtIn);
        CPPUNIT_ASSERT(found != nullptr);
        CPPUNIT_ASSERT(pipeline->steps[0].plugin.empty());
        return *found;
    }

    static std::string rendered(const Template& value) {
        const DocumentScope scope(
            std::map<std::string, std::string>{{"event", R"({"name":"e","data":{"n":7,"wait":"5m","list":[1]}})"}});
        const auto text = value.render(scope);
        CPPUNIT_ASSERT(text);
        return *text;
    }

    void testSleep() {
        const auto fixed = step("sleep", "{for: 1h30m}");
        CPPUNIT_ASSERT_EQUAL(std::string("\"1h30m\""), rendered(*only<SleepStep>(fixed).duration));
        CPPUNIT_ASSERT(!only<SleepStep>(fixed).until);
        const auto asked = step("sleep", "{for: '${{ event.data.wait }}'}");
        CPPUNIT_ASSERT_EQUAL(std::string("\"5m\""), rendered(*only<SleepStep>(asked).duration));
        const auto until = step("sleep", "{until: '2030-01-01T00:00:00Z'}");
        CPPUNIT_ASSERT_EQUAL(std::string("\"2030-01-01T00:00:00Z\""), rendered(*only<SleepStep>(until).until));
    }

    void testWaitForEvent() {
        const auto pipeline =
            step("wait_for_event", "{event: reply.*, timeout: 2d, if: async.data.ok && run.id != ''}");
        const EventMatch& match = only<WaitForEventStep>(pipeline).match;
        CPPUNIT_ASSERT_EQUAL(std::string("reply.*"), match.event);
        CPPUNIT_ASSERT_EQUAL(std::string("async.data.ok && run.id != ''"), match.condition->source());
        CPPUNIT_ASSERT(match.timeout == Duration(48h));
        CPPUNIT_ASSERT(!match.correlation);
        const auto bare = step("wait_for_event", "{event: reply}");
        CPPUNIT_ASSERT(!only<WaitForEventStep>(bare).match.condition && !only<WaitForEventStep>(bare).match.timeout);
    }

    void testCorrelation() {
        const auto pipeline =
            step("wait_for_event", "{event: reply, if: 'async.data.ok && event.data.n + 1 == async.data.order'}");
        const auto& correlation = only<WaitForEventStep>(pipeline).match.correlation;
        CPPUNIT_ASSERT(correlation);
        CPPUNIT_ASSERT(correlation->path == (std::vector<std::string>{"data", "order"}));
        const auto value = correlation->value.evaluate(
            DocumentScope(std::map<std::string, std::string>{{"event", R"({"data":{"n":7}})"}}));
        CPPUNIT_ASSERT(value);
        CPPUNIT_ASSERT_EQUAL(std::string("8"), *cel::toJson(*value));
    }

    void testSendEvent() {
        const auto full = step("send_event",
                               "{event: '${{ event.name }}.done', data: {n: '${{ event.data.n }}'}, id: 'x-${{ "
                               "event.data.n }}', ts: '2030-01-01T00:00:00Z'}");
        const auto& send = only<SendEventStep>(full);
        CPPUNIT_ASSERT_EQUAL(std::string("\"e.done\""), rendered(send.name));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":7}"), rendered(send.data));
        CPPUNIT_ASSERT_EQUAL(std::string("\"x-7\""), rendered(*send.id));
        CPPUNIT_ASSERT_EQUAL(std::string("\"2030-01-01T00:00:00Z\""), rendered(*send.ts));
        const auto least = step("send_event", "{event: done}");
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), rendered(only<SendEventStep>(least).data));
        CPPUNIT_ASSERT(!only<SendEventStep>(least).id && !only<SendEventStep>(least).ts);
    }

    void testInvoke() {
        const auto full = step("invoke", "{pipeline: other, data: '${{ event.data }}', timeout: 1h}");
        const auto& invoke = only<InvokeStep>(full);
        CPPUNIT_ASSERT_EQUAL(std::string("other"), invoke.pipeline);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"n":7,"wait":"5m","list":[1]})"), rendered(invoke.data));
        CPPUNIT_ASSERT(invoke.wait);
        CPPUNIT_ASSERT(invoke.timeout == Duration(1h));
        const auto least = step("invoke", "{pipeline: other, wait: false}");
        CPPUNIT_ASSERT(!only<InvokeStep>(least).wait && !only<InvokeStep>(least).timeout);
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), rendered(only<InvokeStep>(least).data));
    }

    void testFail() {
        const auto pipeline = step("fail", "{message: 'n is ${{ event.data.n }}', code: too_small}");
        CPPUNIT_ASSERT_EQUAL(std::string("\"n is 7\""), rendered(only<FailStep>(pipeline).message));
        CPPUNIT_ASSERT_EQUAL(std::string("too_small"), only<FailStep>(pipeline).code);
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), only<FailStep>(step("fail", "{message: no}")).code);
    }

    void testHttpIsAPlugin() {
        LoadContext context;
        context.plugins = {"other"};
        const auto pipeline = goodWith(
            "steps: [{id: a, uses: core/http, timeout: 3s, retry: never, with: {method: GET, url: '${{ event.data.n "
            "}}', "
            "headers: {k: '${{ secrets.token }}'}}}]",
            context);
        const Step& http = pipeline->steps.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("core"), http.plugin);
        CPPUNIT_ASSERT_EQUAL(std::string("http"), http.stepType);
        CPPUNIT_ASSERT(std::holds_alternative<std::monostate>(http.builtIn));
        CPPUNIT_ASSERT(http.timeout == 3s);
        const DocumentScope scope({{"event", R"({"data":{"n":7}})"}, {"secrets", R"({"token":"s"})"}});
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"method":"GET","url":7,"headers":{"k":"s"}})"), *http.with.render(scope));
        CPPUNIT_ASSERT(pipeline->secrets == std::vector<std::string>{"token"});
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(BuiltInReaderTest);
