#include "pipeline/document_scope.h"
#include "pipeline/loaded.h"

using namespace stepd;
using namespace stepd::pipeline;

/// What the keys of a step become in the model; tests/golden/pipelines has their mistakes.
class StepReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StepReaderTest);
    CPPUNIT_TEST(testForeach);
    CPPUNIT_TEST(testForeachDefaults);
    CPPUNIT_TEST(testGroupsAndPhasesInOneList);
    CPPUNIT_TEST(testTooManyStepsAreOneFinding);
    CPPUNIT_TEST(testNeedsStayInTheirList);
    CPPUNIT_TEST(testRequiredNeeds);
    CPPUNIT_TEST(testAnyAndRace);
    CPPUNIT_TEST(testConcurrency);
    CPPUNIT_TEST(testLimiter);
    CPPUNIT_TEST(testCache);
    CPPUNIT_TEST(testOnExhausted);
    CPPUNIT_TEST(testNamesOfAnItem);
    CPPUNIT_TEST(testErrorAfterTheMainSteps);
    CPPUNIT_TEST_SUITE_END();

    using Indices = std::vector<std::size_t>;

    void testForeach() {
        const auto pipeline = goodWith(
            "steps: [{id: a, uses: x, foreach: {items: event.data.pages, as: page, key: page.url, max_parallel: 4, "
            "on_item_failure: collect}, if: page.wanted, input: '${{ page.url }}'}]");
        const Step& step = pipeline->steps.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.pages"), step.foreach->items.source());
        CPPUNIT_ASSERT_EQUAL(std::string("page"), step.foreach->as);
        CPPUNIT_ASSERT_EQUAL(std::string("page.url"), step.foreach->key->source());
        CPPUNIT_ASSERT_EQUAL(4U, step.foreach->maxParallel);
        CPPUNIT_ASSERT(step.foreach->onItemFailure == OnItemFailure::Collect);
        CPPUNIT_ASSERT(!step.isGroup && !step.group);
        const DocumentScope scope(std::map<std::string, std::string>{{"page", R"({"url":"u"})"}});
        CPPUNIT_ASSERT_EQUAL(std::string("\"u\""), *step.input->render(scope));
    }

    void testForeachDefaults() {
        const auto pipeline = goodWith("steps: [{id: a, uses: x, foreach: {items: '[1, 2]'}}]");
        const Foreach& foreach = *pipeline->steps.at(0).foreach;
        CPPUNIT_ASSERT_EQUAL(std::string("item"), foreach.as);
        CPPUNIT_ASSERT(!foreach.key);
        CPPUNIT_ASSERT_EQUAL(0U, foreach.maxParallel);
        CPPUNIT_ASSERT(foreach.onItemFailure == OnItemFailure::Fail);
    }

    static constexpr const char* kAllLists = R"(
steps:
  - {id: list, uses: x}
  - id: pages
    foreach: {items: steps.list.output, as: page}
    steps:
      - {id: fetch, uses: x}
      - {id: parse, uses: x}
  - {id: save, uses: x}
on_failure:
  - {id: alarm, uses: x}
  - {id: mail, uses: x}
finally:
  - {id: clean, uses: x}
)";

    void testGroupsAndPhasesInOneList() {
        const auto pipeline = goodWith(kAllLists);
        const struct {
            const char* id;
            Phase phase;
            std::optional<std::size_t> group;
            Indices needs;
        } rows[] = {{"list", Phase::Main, {}, {}},       {"pages", Phase::Main, {}, {0}},
                    {"fetch", Phase::Main, 1, {}},       {"parse", Phase::Main, 1, {2}},
                    {"save", Phase::Main, {}, {1}},      {"alarm", Phase::OnFailure, {}, {}},
                    {"mail", Phase::OnFailure, {}, {5}}, {"clean", Phase::Finally, {}, {}}};
        CPPUNIT_ASSERT_EQUAL(std::size(rows), pipeline->steps.size());
        for (std::size_t i = 0; i < std::size(rows); ++i) {
            const Step& step = pipeline->steps[i];
            CPPUNIT_ASSERT_EQUAL(std::string(rows[i].id), step.id);
            CPPUNIT_ASSERT_MESSAGE(step.id, step.phase == rows[i].phase);
            CPPUNIT_ASSERT_MESSAGE(step.id, step.group == rows[i].group);
            CPPUNIT_ASSERT_MESSAGE(step.id, step.needs == rows[i].needs);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step.id, step.id == "pages", step.isGroup);
        }
        CPPUNIT_ASSERT(pipeline->steps[1].plugin.empty());
        CPPUNIT_ASSERT(std::holds_alternative<std::monostate>(pipeline->steps[1].builtIn));
    }

    void testTooManyStepsAreOneFinding() {
        const auto steps = [](int inner, int outer) {
            std::string yaml = "version: 1\nid: p\non: [{event: e}]\nsteps:\n";
            for (int i = 0; i < outer; ++i) yaml += "  - {id: s" + std::to_string(i) + ", uses: x}\n";
            yaml += "  - id: g\n    foreach: {items: event.data.list}\n    steps:\n";
            for (int i = 0; i < inner; ++i) yaml += "      - {id: i" + std::to_string(i) + ", uses: x}\n";
            return yaml;
        };
        CPPUNIT_ASSERT_EQUAL(std::size_t(1000), good(steps(500, 499))->steps.size());
        const Loaded loaded = loadText(steps(900, 900));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), loaded.findings.size());
        CPPUNIT_ASSERT_EQUAL(std::string("a pipeline has at most 1000 steps"), loaded.findings[0].message);
    }

    void testNeedsStayInTheirList() {
        const auto pipeline = goodWith(R"(
steps:
  - id: pages
    foreach: {items: event.data.pages}
    steps:
      - {id: c, uses: x, needs: [a, b]}
      - {id: a, uses: x, needs: []}
      - {id: b, uses: x, needs: []}
  - {id: d, uses: x, needs: [pages]}
finally:
  - {id: e, uses: x, needs: [f]}
  - {id: f, uses: x, needs: []}
)");
        CPPUNIT_ASSERT(pipeline->steps[1].needs == (Indices{2, 3}));
        CPPUNIT_ASSERT(pipeline->steps[4].needs == Indices{0});
        CPPUNIT_ASSERT(pipeline->steps[5].needs == Indices{6});
    }

    void testRequiredNeeds() {
        const auto pipeline = goodWith(
            "steps:\n  - {id: a, uses: x, needs: []}\n  - {id: b, uses: x, needs: []}\n"
            "  - {id: c, uses: x, needs: [{step: b, require: success}, a]}\n");
        CPPUNIT_ASSERT(pipeline->steps[2].needs == (Indices{0, 1}));
        CPPUNIT_ASSERT(pipeline->steps[2].requireSuccess == Indices{1});
        CPPUNIT_ASSERT(pipeline->steps[1].requireSuccess.empty());
    }

    void testAnyAndRace() {
        const auto pipeline = goodWith(
            "steps:\n  - {id: a, uses: x, needs: []}\n  - {id: b, uses: x, needs: []}\n"
            "  - {id: c, uses: x, needs: [a, b], any: 1}\n  - {id: d, uses: x, needs: [a, b], any: 2, race: true}\n");
        CPPUNIT_ASSERT(!pipeline->steps[0].any);
        CPPUNIT_ASSERT_EQUAL(1U, pipeline->steps[2].any->count);
        CPPUNIT_ASSERT(!pipeline->steps[2].any->race);
        CPPUNIT_ASSERT_EQUAL(2U, pipeline->steps[3].any->count);
        CPPUNIT_ASSERT(pipeline->steps[3].any->race);
    }

    void testConcurrency() {
        const auto pipeline = goodWith(
            "steps:\n  - {id: a, uses: x, concurrency: {limit: 3}}\n"
            "  - {id: b, uses: x, concurrency: [{limit: 5}, {limit: 2, key: event.data.host}]}\n");
        const auto& one = pipeline->steps[0].concurrency;
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), one.size());
        CPPUNIT_ASSERT_EQUAL(std::string("p/a:concurrency"), one[0].family);
        CPPUNIT_ASSERT_EQUAL(3U, one[0].limit);
        CPPUNIT_ASSERT(one[0].of == Counts::Steps && !one[0].key);
        const auto& two = pipeline->steps[1].concurrency;
        CPPUNIT_ASSERT_EQUAL(std::string("p/b:concurrency"), two.at(0).family);
        CPPUNIT_ASSERT_EQUAL(std::string("p/b:concurrency.2"), two.at(1).family);
        CPPUNIT_ASSERT_EQUAL(2U, two[1].limit);
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.host"), two[1].key->source());
    }

    void testLimiter() {
        LoadContext context;
        context.limiters = {"linkedin", "openai"};
        const auto pipeline = goodWith(
            "steps:\n  - {id: a, uses: x, limiter: linkedin}\n"
            "  - {id: b, uses: x, limiter: {name: openai, key: event.data.tenant}}\n",
            context);
        CPPUNIT_ASSERT_EQUAL(std::string("linkedin"), pipeline->steps[0].limiter->name);
        CPPUNIT_ASSERT(!pipeline->steps[0].limiter->key);
        CPPUNIT_ASSERT_EQUAL(std::string("openai"), pipeline->steps[1].limiter->name);
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.tenant"), pipeline->steps[1].limiter->key->source());
    }

    void testCache() {
        const auto pipeline = goodWith("steps: [{id: a, uses: x, cache: {key: event.data.url, ttl: 7d}}]");
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.url"), pipeline->steps[0].cache->key.source());
        CPPUNIT_ASSERT(pipeline->steps[0].cache->ttl == 24h * 7);
    }

    void testOnExhausted() {
        const auto pipeline = goodWith("steps: [{id: a, uses: x, retry: {on_exhausted: pause}}]");
        CPPUNIT_ASSERT(pipeline->steps[0].retry.policy.onExhausted == OnExhausted::Pause);
    }

    /// An item, the steps of the group and what is upstream of the group; the group's output outside.
    void testNamesOfAnItem() {
        const auto pipeline = goodWith(R"(
steps:
  - {id: list, uses: x}
  - id: pages
    if: steps.list.ok
    foreach: {items: steps.list.output, as: page, key: page.url}
    steps:
      - id: fetch
        if: page.wanted
        uses: x
        with: {url: "${{ page.url }}"}
        input: ${{ steps.list.output }}
        limiter: {name: sites, key: page.host}
      - {id: parse, uses: x, input: "${{ steps.fetch.output }}", cache: {key: page.url, ttl: 1h}}
  - {id: save, uses: x, input: "${{ steps.pages.output }}"}
output: ${{ steps.pages.output }}
)");
        CPPUNIT_ASSERT_EQUAL(std::size_t(5), pipeline->steps.size());
    }

    void testErrorAfterTheMainSteps() {
        const auto pipeline = goodWith(R"(
steps:
  - {id: work, uses: x}
on_failure:
  - {id: alarm, uses: x, if: error.class != 'cancelled', input: "${{ error.step }} ${{ steps.work.error }}"}
finally:
  - {id: clean, uses: x, input: "${{ error }}", retry: {when: error.details.again}}
)");
        CPPUNIT_ASSERT_EQUAL(std::string("error.class != 'cancelled'"), pipeline->steps[1].condition->source());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(StepReaderTest);
