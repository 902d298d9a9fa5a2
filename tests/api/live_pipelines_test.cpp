#include "api/live_pipelines.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"
#include "base/error.h"

using namespace stepd;
using api::PipelineChange;
using api::ReloadMode;

namespace {

std::string pipelineText(const std::string& id, const std::string& event) {
    return "version: 1\nid: " + id + "\non: [{event: " + event + "}]\nsteps: [{id: s, uses: anything}]\n";
}

/// What stands around LivePipelines: a folder, a store that numbers revisions, an engine and a server.
struct World {
    pipeline::LoadedDirectory files;
    std::vector<std::string> saved;  // ids
    std::vector<pipeline::PipelinePtr> used;
    int swaps = 0;
    std::string routeProblem;
    bool storeFails = false;

    api::LivePipelines pipelines{{.directory = "pipelines",
                                  .load = [this] { return files; },
                                  .save =
                                      [this](const pipeline::Pipeline& pipeline) {
                                          if (storeFails) throw Error(ErrorCode::StoreFull, "no space");
                                          saved.push_back(pipeline.id);
                                          return RevisionId{static_cast<std::int64_t>(saved.size())};
                                      },
                                  .makeRoutes =
                                      [this](const auto&) {
                                          if (!routeProblem.empty())
                                              throw Error(ErrorCode::Configuration, routeProblem);
                                          return std::make_shared<const http::Router>(std::vector<http::Route>());
                                      },
                                  .use =
                                      [this](const auto& all, const auto& routes) {
                                          CPPUNIT_ASSERT(routes != nullptr);
                                          used = all;
                                          ++swaps;
                                      }}};

    void write(const std::vector<std::pair<std::string, std::string>>& all) {
        files.pipelines.clear();
        for (const auto& [id, event] : all)
            files.pipelines.push_back(test::BackendFixture::load(pipelineText(id, event)));
    }
    void begin() { pipelines.begin(files.pipelines); }
};

}  // namespace

class LivePipelinesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LivePipelinesTest);
    CPPUNIT_TEST(testReloadTellsWhatBecameOfEach);
    CPPUNIT_TEST(testUnchangedStaysTheSameObject);
    CPPUNIT_TEST(testErrorsChangeNothing);
    CPPUNIT_TEST(testRouteThatCannotBeServedIsAFinding);
    CPPUNIT_TEST(testStoreThatFailsChangesNothing);
    CPPUNIT_TEST(testDryRunChangesNothing);
    CPPUNIT_TEST_SUITE_END();

    void testReloadTellsWhatBecameOfEach() {
        World world;
        world.write({{"a", "x"}, {"b", "x"}, {"c", "x"}});
        world.begin();
        world.write({{"a", "x"}, {"b", "y"}, {"d", "x"}});
        const auto report = world.pipelines.reload(ReloadMode::Apply);
        std::string told;
        for (const auto& change : report.changes) told += change.id() + " " + toString(change.kind) + ", ";
        CPPUNIT_ASSERT_EQUAL(std::string("a unchanged, b changed, c removed, d added, "), told);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), world.used.size());
        for (const auto& pipeline : world.used) CPPUNIT_ASSERT_MESSAGE(pipeline->id, bool(pipeline->revision));
        CPPUNIT_ASSERT_EQUAL(std::string("y"), world.pipelines.current().at(1)->triggers.at(0).pattern);
    }

    void testUnchangedStaysTheSameObject() {
        World world;
        world.write({{"a", "x"}});
        world.begin();
        const auto before = world.pipelines.current().at(0);
        world.write({{"a", "x"}});
        world.pipelines.reload(ReloadMode::Apply);
        CPPUNIT_ASSERT(world.pipelines.current().at(0) == before);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), world.saved.size());
    }

    void testErrorsChangeNothing() {
        World world;
        world.write({{"a", "x"}});
        world.begin();
        world.write({{"a", "y"}});
        world.files.findings = {{.file = "a.yaml", .line = 3, .column = 1, .message = "no such plugin", .hint = "h"}};
        const auto report = world.pipelines.reload(ReloadMode::Apply);
        CPPUNIT_ASSERT_EQUAL(3, report.findings.at(0).line);
        CPPUNIT_ASSERT(report.changes.empty());
        CPPUNIT_ASSERT_EQUAL(0, world.swaps);
        CPPUNIT_ASSERT_EQUAL(std::string("x"), world.pipelines.current().at(0)->triggers.at(0).pattern);
        world.files.findings[0].severity = Severity::Warning;
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), world.pipelines.reload(ReloadMode::Apply).findings.size());
        CPPUNIT_ASSERT_EQUAL(1, world.swaps);
    }

    void testRouteThatCannotBeServedIsAFinding() {
        World world;
        world.write({{"a", "x"}});
        world.begin();
        world.write({{"a", "y"}});
        world.routeProblem = "POST /e/{key} is taken";
        const auto report = world.pipelines.reload(ReloadMode::Apply);
        CPPUNIT_ASSERT_EQUAL(world.routeProblem, report.findings.at(0).message);
        CPPUNIT_ASSERT_EQUAL(std::string("pipelines"), report.findings.at(0).file);
        CPPUNIT_ASSERT_EQUAL(0, world.swaps);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), world.saved.size());
    }

    void testStoreThatFailsChangesNothing() {
        World world;
        world.write({{"a", "x"}});
        world.begin();
        world.write({{"a", "y"}});
        world.storeFails = true;
        CPPUNIT_ASSERT_THROW(world.pipelines.reload(ReloadMode::Apply), Error);
        CPPUNIT_ASSERT_EQUAL(0, world.swaps);
        CPPUNIT_ASSERT_EQUAL(std::string("x"), world.pipelines.current().at(0)->triggers.at(0).pattern);
    }

    void testDryRunChangesNothing() {
        World world;
        world.begin();
        world.write({{"a", "x"}});
        const auto report = world.pipelines.reload(ReloadMode::DryRun);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), report.count(PipelineChange::Kind::Added));
        CPPUNIT_ASSERT(world.pipelines.current().empty() && world.saved.empty() && world.swaps == 0);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LivePipelinesTest);
