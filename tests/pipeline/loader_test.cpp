#include "pipeline/loader.h"

#include <cppunit/extensions/HelperMacros.h>

#include "pipeline/document_scope.h"
#include "pipeline/loaded.h"
#include "support/scratch_folder.h"

using namespace stepd;
using namespace stepd::pipeline;

class LoaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LoaderTest);
    CPPUNIT_TEST(testSmallestPipeline);
    CPPUNIT_TEST(testWholePipeline);
    CPPUNIT_TEST(testNeedsDefaultToTheStepAbove);
    CPPUNIT_TEST(testRetryIsInheritedFieldByField);
    CPPUNIT_TEST(testRetention);
    CPPUNIT_TEST(testTriggersIsAnotherNameOfOn);
    CPPUNIT_TEST(testRouteDefaults);
    CPPUNIT_TEST(testSecretsAreCollected);
    CPPUNIT_TEST(testDirectoryInOrderWithoutTests);
    CPPUNIT_TEST(testDuplicatesAcrossFiles);
    CPPUNIT_TEST(testMissingDirectoryIsAFinding);
    CPPUNIT_TEST_SUITE_END();

    void testSmallestPipeline() {
        const auto pipeline = good("{version: 1, id: p, on: [{event: e}], steps: [{id: a, uses: plug}]}");
        CPPUNIT_ASSERT_EQUAL(std::string("p"), pipeline->name);
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), pipeline->vars);
        const Step& step = pipeline->steps.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("plug"), step.plugin);
        CPPUNIT_ASSERT(step.stepType.empty());
        CPPUNIT_ASSERT(!step.input);
        CPPUNIT_ASSERT(!step.condition);
        CPPUNIT_ASSERT(step.timeout == 60s);
        CPPUNIT_ASSERT_EQUAL(4, step.retry.policy.attempts);
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), *step.with.render(DocumentScope({})));
        CPPUNIT_ASSERT(!pipeline->output);
        CPPUNIT_ASSERT_EQUAL(std::size_t(64), pipeline->hash.size());
    }

    void testWholePipeline() {
        const auto pipeline = good(R"(
version: 1
id: whole
name: The whole
vars: {limit: 5}
on:
  - event: a.*
    if: event.data.n > vars.limit
idempotency: {key: event.data.n, ttl: 2h}
steps:
  - id: first
    uses: tool/one
    with: {mode: fast, size: 5}
    input: {n: "${{ event.data.n }}"}
    timeout: 1m30s
    continue_on_error: true
  - id: second
    if: steps.first.output != null
    uses: tool
    retry: {attempts: 2, when: "error.code == 'busy'"}
output: ${{ steps.second.output }}
)");
        CPPUNIT_ASSERT_EQUAL(std::string("The whole"), pipeline->name);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"limit\":5}"), pipeline->vars);
        CPPUNIT_ASSERT(pipeline->triggers.at(0).matches("a.b"));
        CPPUNIT_ASSERT(pipeline->triggers[0].condition.has_value());
        CPPUNIT_ASSERT(pipeline->idempotency->ttl == 2h);
        const Step& first = pipeline->steps.at(0);
        const DocumentScope scope({{"event", R"({"data":{"n":7}})"}, {"steps", R"({"second":{"output":[1]}})"}});
        CPPUNIT_ASSERT_EQUAL(std::string("tool"), first.plugin);
        CPPUNIT_ASSERT_EQUAL(std::string("one"), first.stepType);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"mode":"fast","size":5})"), *first.with.render(scope));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"n":7})"), *first.input->render(scope));
        CPPUNIT_ASSERT(first.timeout == 90s);
        CPPUNIT_ASSERT(first.continueOnError);
        const Step& second = pipeline->steps.at(1);
        CPPUNIT_ASSERT_EQUAL(std::string("steps.first.output != null"), second.condition->source());
        CPPUNIT_ASSERT_EQUAL(std::string("error.code == 'busy'"), second.retry.when->source());
        CPPUNIT_ASSERT_EQUAL(std::string("[1]"), *pipeline->output->render(scope));
    }

    void testNeedsDefaultToTheStepAbove() {
        const auto pipeline = good(R"(
version: 1
id: p
on: [{event: e}]
steps:
  - {id: a, uses: x}
  - {id: b, uses: x}
  - {id: c, uses: x, needs: []}
  - {id: d, uses: x, needs: [e, a]}
  - {id: e, uses: x, needs: [c]}
)");
        const std::vector<std::vector<std::size_t>> want = {{}, {0}, {}, {0, 4}, {2}};
        for (std::size_t i = 0; i < want.size(); ++i)
            CPPUNIT_ASSERT_MESSAGE(pipeline->steps[i].id, pipeline->steps[i].needs == want[i]);
    }

    void testRetention() {
        const auto silent = good("{version: 1, id: p, on: [{event: e}], steps: [{id: a, uses: plug}]}");
        CPPUNIT_ASSERT(!silent->retention.completed && !silent->retention.failed);
        const auto half =
            good("{version: 1, id: p, on: [{event: e}], retention: {failed: 7d}, steps: [{id: a, uses: plug}]}");
        CPPUNIT_ASSERT(!half->retention.completed && half->retention.failed == 24h * 7);
    }

    void testRetryIsInheritedFieldByField() {
        LoadContext context;
        context.defaultRetry.attempts = 9;
        context.defaultRetry.initial = 3s;
        context.defaultRetry.max = 5min;
        context.defaultTimeout = 10s;
        RetryPolicy quick;
        quick.attempts = 2;
        quick.initial = 100ms;
        context.retryPolicies["quick"] = quick;
        const auto pipeline = good(R"(
version: 1
id: p
on: [{event: e}]
defaults: {retry: {initial: 4s, when: "error.code != 'x'"}, timeout: 20s}
steps:
  - {id: inherits, uses: x}
  - {id: overlays, uses: x, retry: {attempts: 5, max: 1m}, timeout: 30s}
  - {id: named, uses: x, retry: quick}
  - {id: never, uses: x, retry: never}
  - {id: own_when, uses: x, retry: {when: "error.code == 'y'"}}
)",
                                   context);
        const auto& steps = pipeline->steps;
        const auto check = [](const Step& step, int attempts, Duration initial, Duration max, Duration timeout) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step.id, attempts, step.retry.policy.attempts);
            CPPUNIT_ASSERT_MESSAGE(step.id, step.retry.policy.initial == initial);
            CPPUNIT_ASSERT_MESSAGE(step.id, step.retry.policy.max == max);
            CPPUNIT_ASSERT_MESSAGE(step.id, step.timeout == timeout);
        };
        check(steps[0], 9, 4s, 5min, 20s);
        check(steps[1], 5, 4s, 1min, 30s);
        check(steps[2], 2, 100ms, 1min, 20s);
        check(steps[3], 1, 1s, 1min, 20s);
        CPPUNIT_ASSERT_EQUAL(std::string("error.code != 'x'"), steps[1].retry.when->source());
        CPPUNIT_ASSERT(!steps[2].retry.when);
        CPPUNIT_ASSERT_EQUAL(std::string("error.code == 'y'"), steps[4].retry.when->source());
    }

    void testTriggersIsAnotherNameOfOn() {
        const auto pipeline = good("{version: 1, id: p, triggers: [{event: e}], steps: [{id: a, uses: plug}]}");
        CPPUNIT_ASSERT_EQUAL(std::string("e"), pipeline->triggers.at(0).pattern);
    }

    void testRouteDefaults() {
        const auto pipeline = good(R"(
version: 1
id: p
on: [{event: e}]
http:
  - {route: "PUT /orders/{order_id}/lines", emit: {event: e}}
  - route: POST /slow
    auth: none
    limits: {body: 2KiB}
    emit: {event: e, id: "x-${{ request.id }}", data: {b: "${{ request.body }}"}}
    respond: {mode: wait, timeout: 5s, status: "run.state == 'completed' ? 200 : 502", body: "${{ run.output }}"}
steps: [{id: a, uses: plug}]
)");
        const HttpRoute& plain = pipeline->routes.at(0);
        const DocumentScope scope(std::map<std::string, std::string>{{"request", R"({"id":"r1","body":{"k":1}})"}});
        CPPUNIT_ASSERT_EQUAL(std::string("PUT"), plain.method);
        CPPUNIT_ASSERT_EQUAL(std::string("/orders/{order_id}/lines"), plain.path);
        CPPUNIT_ASSERT(plain.auth == RouteAuth::EventKey);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(1U << 20), plain.bodyLimit);
        CPPUNIT_ASSERT_EQUAL(std::string("\"r1\""), *plain.emitId.render(scope));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"k\":1}"), *plain.emitData.render(scope));
        const HttpRoute& slow = pipeline->routes.at(1);
        CPPUNIT_ASSERT(slow.auth == RouteAuth::None);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(2048), slow.bodyLimit);
        CPPUNIT_ASSERT_EQUAL(std::string("\"x-r1\""), *slow.emitId.render(scope));
        CPPUNIT_ASSERT(slow.respond.mode == RespondMode::Wait);
        CPPUNIT_ASSERT(slow.respond.timeout == 5s);
        CPPUNIT_ASSERT(slow.respond.status && slow.respond.body);
    }

    void testSecretsAreCollected() {
        const auto pipeline = good(
            "{version: 1, id: p, on: [{event: e}], steps: [{id: a, uses: plug, with: {k: '${{ secrets.zeta }}', "
            "l: 'x ${{ secrets.alpha }} ${{ secrets.zeta }}'}}]}");
        CPPUNIT_ASSERT(pipeline->secrets == (std::vector<std::string>{"alpha", "zeta"}));
    }

    static std::string minimal(const std::string& id, const std::string& more = "") {
        return "version: 1\nid: " + id + "\non: [{event: e}]\nsteps: [{id: a, uses: plug}]\n" + more;
    }

    void testDirectoryInOrderWithoutTests() {
        const ScratchFolder folder;
        folder.write("b.yaml", minimal("second"));
        folder.write("a.yml", minimal("first"));
        folder.write("a.test.yaml", "not: a pipeline\n");
        folder.write(".hidden.yaml", "not: a pipeline\n");
        folder.write("sub/c.yaml", "not: a pipeline\n");
        folder.write("bad.yaml", "version: 1\n");
        const LoadedDirectory loaded = loadDirectory(folder.path(), {});
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), loaded.pipelines.size());
        CPPUNIT_ASSERT_EQUAL(std::string("first"), loaded.pipelines[0]->id);
        CPPUNIT_ASSERT_EQUAL(std::string("second"), loaded.pipelines[1]->id);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), loaded.findings.size());
        for (const auto& finding : loaded.findings) CPPUNIT_ASSERT(finding.file.ends_with("/bad.yaml"));
    }

    void testDuplicatesAcrossFiles() {
        const ScratchFolder folder;
        const std::string route = "http: [{route: 'POST /x/{a}', emit: {event: e}}]\n";
        folder.write("1.yaml", minimal("one", route));
        folder.write("2.yaml", minimal("one"));
        folder.write("3.yaml", minimal("three", "http: [{route: 'POST /x/{b}', emit: {event: e}}]\n"));
        const LoadedDirectory loaded = loadDirectory(folder.path(), {});
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), loaded.pipelines.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), loaded.findings.size());
        CPPUNIT_ASSERT_EQUAL("the pipeline `one` stands in " + folder.path() + "/1.yaml too",
                             loaded.findings[0].message);
        CPPUNIT_ASSERT_EQUAL("the route `POST /x/{b}` stands in " + folder.path() + "/1.yaml too",
                             loaded.findings[1].message);
        CPPUNIT_ASSERT(hasErrors(loaded.findings));
    }

    void testMissingDirectoryIsAFinding() {
        const LoadedDirectory loaded = loadDirectory("/nowhere/at/all", {});
        CPPUNIT_ASSERT(loaded.pipelines.empty());
        CPPUNIT_ASSERT_EQUAL(
            std::string("/nowhere/at/all: error: the directory cannot be read: No such file or directory"),
            loaded.findings.at(0).text());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LoaderTest);
