#include <cppunit/extensions/HelperMacros.h>

#include "api/revision_shelf.h"
#include "api/step_plugins.h"
#include "backend_fixture.h"
#include "base/error.h"

using namespace stepd;
using http::Method;
using http::Status;

/// What a run's page tells of its attempts: what they used, which builds ran, what they left behind.
class RunViewTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RunViewTest);
    CPPUNIT_TEST(testReceipts);
    CPPUNIT_TEST(testDetailsOfEachAttempt);
    CPPUNIT_TEST(testPluginsAndBuilds);
    CPPUNIT_TEST(testRunThatIsPinnedToNothing);
    CPPUNIT_TEST(testPluginsOfRecords);
    CPPUNIT_TEST(testShelfReadsARevisionOnce);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kPipeline =
        "version: 1\nid: p\non: [{event: e}]\nsteps:\n  - {id: a, uses: x}\n  - {id: nap, uses: core/sleep, with: "
        "{for: "
        "1s}}\n  - id: pages\n    foreach: {items: event.data.items}\n    steps: [{id: fetch, uses: y/get}]\n  - {id: "
        "each, uses: z, foreach: {items: event.data.items}}\n";

    static void assertHas(const std::string& part, const http::Response& reply) {
        CPPUNIT_ASSERT_EQUAL(Status::Ok, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find(part) != std::string::npos);
    }
    static http::Response show(test::BackendFixture& api) {
        return api.call(Method::Get, "/api/v1/runs/" + publicId(RunId{1}, {}));
    }
    struct Page : test::BackendFixture {
        Page() {
            usePipeline(kPipeline);
            auto pinned = std::make_shared<pipeline::Pipeline>(*load(kPipeline));
            pinned->revision = {7};
            backend.revision = [pinned](RevisionId id) { return id == RevisionId{7} ? pinned : nullptr; };
            readers.events = {{.id = EventId{1}, .name = "e"}};
            readers.runs = {{.id = RunId{1},
                             .event = EventId{1},
                             .revision = {7},
                             .plugins = {3},
                             .pipeline = "p",
                             .state = RunState::Failed}};
            readers.builds = R"({"x":"ab12","z":"cd34"})";
        }
    };

    void testReceipts() {
        Page api;
        readersOf(api, {.cpu = 3'102us, .peakRss = 12U << 20, .bytesIn = 4300, .bytesOut = 1100, .hostCalls = 2});
        const auto reply = show(api);
        const std::string receipt =
            R"("receipt":{"cpu_ms":3.102,"peak_rss_bytes":12582912,"bytes_in":4300,"bytes_out":1100,"host_calls":2})";
        assertHas(receipt + ",\"progress\"", reply);
        assertHas(R"("details":null,)" + receipt + "}]", reply);
        readersOf(api, {.cpu = 1'000'007us, .peakRss = 0, .bytesIn = 2, .bytesOut = 0, .hostCalls = 0});
        assertHas(R"({"cpu_ms":1000.007,"peak_rss_bytes":0,)", show(api));
        readersOf(api, {});
        assertHas(R"("receipt":null,"progress")", show(api));
    }
    static void readersOf(Page& api, const Receipt& receipt) {
        api.readers.steps = {{.name = "a", .kind = "plugin", .state = StepState::Failed, .attempts = 1}};
        api.readers.steps[0].receipt = receipt;
        api.readers.attempts = {{.number = 1, .outcome = OutcomeClass::Crash, .receipt = receipt}};
    }

    void testDetailsOfEachAttempt() {
        Page api;
        api.readers.steps = {{.name = "a", .kind = "plugin", .state = StepState::Failed, .attempts = 2}};
        api.readers.steps[0].error = StepError{OutcomeClass::Crash, "crash", "m", R"({"n": 2.0})", {}};
        api.readers.attempts = {{.number = 1, .outcome = OutcomeClass::Crash, .details = R"({"n": 1.0})"},
                                {.number = 2, .outcome = OutcomeClass::Crash, .details = R"({"n": 2.0})"}};
        const auto reply = show(api);
        assertHas(R"("message":"m","details":{"n": 2.0}})", reply);
        assertHas(R"("details":{"n": 1.0},"receipt":null})", reply);
    }

    void testPluginsAndBuilds() {
        Page api;
        api.readers.steps = {{.name = "a", .kind = "plugin"},
                             {.number = 1, .name = "nap", .kind = "sleep"},
                             {.number = 2, .name = "pages[0].fetch", .kind = "plugin"},
                             {.number = 3, .name = "each", .kind = "foreach"},
                             {.number = 4, .name = "each[12]", .kind = "plugin"}};
        const auto reply = show(api);
        assertHas(R"("plugins":{"x":"ab12","z":"cd34"})", reply);
        assertHas(R"("state":"pending","plugin":"x","build":"ab12")", reply);
        assertHas(R"("id":"nap","kind":"sleep","state":"pending","plugin":null,"build":null)", reply);
        assertHas(R"("id":"pages[0].fetch","kind":"plugin","state":"pending","plugin":"y","build":null)", reply);
        assertHas(R"("id":"each","kind":"foreach","state":"pending","plugin":null,"build":null)", reply);
        assertHas(R"("id":"each[12]","kind":"plugin","state":"pending","plugin":"z","build":"cd34")", reply);
    }

    void testRunThatIsPinnedToNothing() {
        Page api;
        api.readers.steps = {{.name = "a", .kind = "plugin"}};
        api.readers.runs[0].plugins = {};
        assertHas(R"("plugins":null)", show(api));
        assertHas(R"("plugin":"x","build":null)", show(api));
        api.readers.runs[0].revision = {8};  // which cannot be read any more
        assertHas(R"("plugin":null,"build":null)", show(api));
    }

    void testPluginsOfRecords() {
        const auto pipeline = test::BackendFixture::load(kPipeline);
        const std::pair<const char*, const char*> rows[] = {
            {"a", "x"},    {"each", "z"},    {"each[3]", "z"}, {"pages[3].fetch", "y"},
            {"pages", ""}, {"pages[3]", ""}, {"fetch", ""},    {"nap", ""},
            {"", ""},      {"a[", "x"}};
        for (const auto& [record, plugin] : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(record, std::string(plugin), api::pluginOf(*pipeline, record));
    }

    void testShelfReadsARevisionOnce() {
        const auto made = [](std::int64_t id) {
            auto pipeline = std::make_shared<pipeline::Pipeline>();
            pipeline->revision = {id};
            return pipeline;
        };
        std::vector<std::int64_t> read;
        bool fails = false;
        api::RevisionShelf shelf({.current = [&] { return std::vector<pipeline::PipelinePtr>{made(900)}; },
                                  .load = [&](RevisionId id) -> pipeline::PipelinePtr {
                                      if (fails) throw Error(ErrorCode::Unavailable, "stopping");
                                      read.push_back(id.value);
                                      return id == RevisionId{5} ? nullptr : made(id.value);
                                  }});
        CPPUNIT_ASSERT(shelf.find({900})->revision == RevisionId{900} && read.empty());
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(shelf.find({5}) == nullptr && shelf.find({6}) != nullptr);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, read.size());
        fails = true;
        CPPUNIT_ASSERT(shelf.find({7}) == nullptr);
        fails = false;
        CPPUNIT_ASSERT_MESSAGE("it was there all the time", shelf.find({7}) != nullptr);
        for (std::int64_t id = 100; id < 300; ++id) CPPUNIT_ASSERT(shelf.find({id}) != nullptr);
        read.clear();
        shelf.find({299});
        shelf.find({6});
        CPPUNIT_ASSERT_MESSAGE("some are kept", read == std::vector<std::int64_t>{6});
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RunViewTest);
