#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"
#include "json/json_text.h"
#include "pipeline/compiled_source.h"
#include "pipeline/document_scope.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline_graph.h"
#include "support/scratch_folder.h"

using namespace stepd;
using namespace stepd::pipeline;

class RevisionTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RevisionTest);
    CPPUNIT_TEST(testSourceIsLoadedAgainWithTheSameHash);
    CPPUNIT_TEST(testEveryKindOfStepIsLoadedAgain);
    CPPUNIT_TEST(testWhatChangesTheHash);
    CPPUNIT_TEST(testForeignSourceIsAFinding);
    CPPUNIT_TEST(testSchemaMustLieInside);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kYaml = R"(version: 1
id: p
on: [{event: e}]
http: [{route: POST /x, auth: none, schema: schemas/s.json, emit: {event: e}}]
steps:
  - {id: a, uses: plug, retry: quick, with: {key: "${{ secrets.k }}"}}
  - {id: b, uses: plug, retry: {attempts: 2}}
)";

    static LoadContext context() {
        LoadContext context;
        context.retryPolicies["quick"].attempts = 7;
        context.retryPolicies["unused"].attempts = 8;
        context.defaultRetry.initial = 3s;
        context.defaultTimeout = 11s;
        context.plugins = {"plug"};
        context.secrets = {"k"};
        context.limiters = {"shared"};
        return context;
    }

    static PipelinePtr load(const LoadContext& context, const std::string& schema = "{}",
                            const std::string& yaml = kYaml) {
        const ScratchFolder folder;
        folder.write("schemas/s.json", schema);
        const Loaded loaded = loadFile(folder.write("p.yaml", yaml), context);
        CPPUNIT_ASSERT_MESSAGE(loaded.findings.empty() ? "" : loaded.findings[0].text(), loaded.pipeline != nullptr);
        return loaded.pipeline;
    }

    void testSourceIsLoadedAgainWithTheSameHash() {
        const auto first = load(context(), R"({"type": "object"})");
        CPPUNIT_ASSERT(json::check(first->source).kind == json::Kind::Object);
        const Loaded again = loadSource(first->source);
        CPPUNIT_ASSERT(again.pipeline != nullptr);
        CPPUNIT_ASSERT_EQUAL(first->source, again.pipeline->source);
        CPPUNIT_ASSERT_EQUAL(first->hash, again.pipeline->hash);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"type": "object"})"), again.pipeline->routes.at(0).schema);
        CPPUNIT_ASSERT_EQUAL(7, again.pipeline->steps[0].retry.policy.attempts);
        CPPUNIT_ASSERT(again.pipeline->steps[1].retry.policy.initial == 3s);
        CPPUNIT_ASSERT(again.pipeline->steps[1].timeout == 11s);
    }

    void testEveryKindOfStepIsLoadedAgain() {
        const auto first = load(context(), "{}", R"(version: 1
id: p
on: [{event: e}]
steps:
  - {id: pause, uses: core/sleep, with: {for: "${{ event.data.wait }}"}}
  - {id: answer, uses: core/wait_for_event, with: {event: reply, if: async.data.id == event.id, timeout: 1d}}
  - {id: send, uses: core/send_event, with: {event: "x.${{ event.name }}", data: {literal: "$${{ }}"}, id: "${{ run.id }}"}}
  - {id: child, needs: [{step: send, require: success}], uses: core/invoke, with: {pipeline: q, data: "${{ event.data }}"}}
  - {id: call, uses: core/http, with: {url: "${{ secrets.k }}"}, retry: {on_exhausted: pause}}
  - id: pages
    needs: [child, call]
    any: 1
    race: true
    foreach: {items: event.data.pages, as: page, key: page.url, max_parallel: 2, on_item_failure: collect}
    steps:
      - {id: fetch, uses: plug, limiter: {name: shared, key: page.host}, cache: {key: page.url, ttl: 1h}, concurrency: [{limit: 2}]}
on_failure: [{id: no, uses: core/fail, with: {message: "${{ error.message }}", code: x}}]
finally: [{id: clean, uses: plug}]
)");
        const Loaded again = loadSource(first->source);
        CPPUNIT_ASSERT_MESSAGE(again.findings.empty() ? "" : again.findings[0].text(), again.pipeline != nullptr);
        CPPUNIT_ASSERT_EQUAL(first->source, again.pipeline->source);
        CPPUNIT_ASSERT_EQUAL(first->hash, again.pipeline->hash);
        CPPUNIT_ASSERT_EQUAL(toText(*first), toText(*again.pipeline));
        const auto& steps = again.pipeline->steps;
        CPPUNIT_ASSERT_EQUAL(std::size_t(9), steps.size());
        const DocumentScope scope({{"event", R"({"name":"n","data":{"wait":"5m"}})"}, {"run", R"({"id":"r"})"}});
        CPPUNIT_ASSERT_EQUAL(std::string("\"5m\""), *std::get<SleepStep>(steps[0].builtIn).duration->render(scope));
        CPPUNIT_ASSERT(std::get<WaitForEventStep>(steps[1].builtIn).match.correlation.has_value());
        const auto& send = std::get<SendEventStep>(steps[2].builtIn);
        CPPUNIT_ASSERT_EQUAL(std::string("\"x.n\""), *send.name.render(scope));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"literal":"${{ }}"})"), *send.data.render(scope));
        CPPUNIT_ASSERT_EQUAL(std::string("q"), std::get<InvokeStep>(steps[3].builtIn).pipeline);
        CPPUNIT_ASSERT(steps[4].retry.policy.onExhausted == OnExhausted::Pause);
        CPPUNIT_ASSERT(steps[5].any->race && steps[5].foreach->maxParallel == 2);
        CPPUNIT_ASSERT_EQUAL(std::string("shared"), steps[6].limiter->name);
        CPPUNIT_ASSERT_EQUAL(std::string("p/fetch:concurrency"), steps[6].concurrency.at(0).family);
        CPPUNIT_ASSERT(steps[7].phase == Phase::OnFailure && steps[8].phase == Phase::Finally);
    }

    void testWhatChangesTheHash() {
        const std::string hash = load(context())->hash;
        CPPUNIT_ASSERT_EQUAL(hash, load(context())->hash);
        CPPUNIT_ASSERT(hash != load(context(), "{ }")->hash);
        CPPUNIT_ASSERT(hash != load(context(), "{}", std::string(kYaml) + "# a comment\n")->hash);
        LoadContext used = context();
        used.retryPolicies["quick"].attempts = 6;
        CPPUNIT_ASSERT(hash != load(used)->hash);
        LoadContext unused = context();
        unused.retryPolicies["unused"].attempts = 1;
        unused.plugins = {"plug", "other"};
        CPPUNIT_ASSERT_EQUAL(hash, load(unused)->hash);
    }

    void testForeignSourceIsAFinding() {
        for (const char* source : {"", "[]", "{}", R"({"p.yaml":5})", R"({"s.json":"{}"})"}) {
            const Loaded loaded = loadSource(source);
            CPPUNIT_ASSERT_MESSAGE(source, loaded.pipeline == nullptr && hasErrors(loaded.findings));
        }
        CPPUNIT_ASSERT_THROW(loadSource(R"({"p.yaml":"version: 1","inherited":"[broken"})"), Error);
    }

    void testSchemaMustLieInside() {
        for (const char* name : {"../s.json", "/etc/s.json", "a/../../s.json", "s.yaml"}) {
            const ScratchFolder folder;
            std::string yaml = kYaml;
            yaml.replace(yaml.find("schemas/s.json"), 14, name);
            const Loaded loaded = loadFile(folder.write("p.yaml", yaml), context());
            CPPUNIT_ASSERT_MESSAGE(name, loaded.pipeline == nullptr);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                name, std::string("`schema` must name a .json file in the pipeline's folder or below it"),
                loaded.findings.back().message);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RevisionTest);
