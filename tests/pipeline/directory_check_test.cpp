#include "pipeline/loaded.h"

using namespace stepd;
using namespace stepd::pipeline;

class DirectoryCheckTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DirectoryCheckTest);
    CPPUNIT_TEST(testUnknownPipelineIsNamedWithItsPlace);
    CPPUNIT_TEST(testUnknownPipelineMayBeTheOneThatDoesNotLoad);
    CPPUNIT_TEST(testCycleIsPrinted);
    CPPUNIT_TEST(testPipelineThatWaitsForItself);
    CPPUNIT_TEST(testCycleWithoutWaitIsGood);
    CPPUNIT_TEST(testGlobalLimitsMustAgree);
    CPPUNIT_TEST_SUITE_END();

    static std::string invoking(const std::string& id, const std::string& target, const std::string& more = "") {
        return "version: 1\nid: " + id + "\non: [{event: e}]\nsteps:\n  - {id: a, uses: x}\n" +
               "  - {id: go, uses: core/invoke, with: {pipeline: " + target + more + "}}\n";
    }

    /// Without the folder, one finding a line.
    static std::string findings(const LoadedDirectory& loaded, const ScratchFolder& folder) {
        std::string out;
        for (const auto& finding : loaded.findings) out += finding.text() + " (" + finding.path + ")\n";
        const std::string prefix = folder.path() + "/";
        for (std::size_t at = out.find(prefix); at != std::string::npos; at = out.find(prefix, at))
            out.erase(at, prefix.size());
        return out;
    }

    void testUnknownPipelineIsNamedWithItsPlace() {
        const ScratchFolder folder;
        folder.write("1.yaml", invoking("one", "too"));
        folder.write("2.yaml", invoking("two", "two", ", wait: false"));
        folder.write(
            "3.yaml",
            "version: 1\nid: three\non: [{event: e}]\nsteps:\n  - id: g\n    foreach: {items: '[1]'}\n    steps:\n"
            "      - {id: a, uses: x}\n      - {id: go, uses: core/invoke, with: {pipeline: nowhere}}\n"
            "finally: [{id: f, uses: core/invoke, with: {pipeline: there}}]\n");
        const auto loaded = loadDirectory(folder.path(), {});
        CPPUNIT_ASSERT_EQUAL(std::string("1.yaml:6:50: error: no pipeline has the id `too`\n"
                                         "    hint: did you mean `two`? (steps[1].with.pipeline)\n"
                                         "3.yaml:9:54: error: no pipeline has the id `nowhere` "
                                         "(steps[0].steps[1].with.pipeline)\n"
                                         "3.yaml:10:55: error: no pipeline has the id `there`\n"
                                         "    hint: did you mean `three`? (finally[0].with.pipeline)\n"),
                             findings(loaded, folder));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), loaded.pipelines.size());
        CPPUNIT_ASSERT_EQUAL(std::string("two"), loaded.pipelines[0]->id);
    }

    void testUnknownPipelineMayBeTheOneThatDoesNotLoad() {
        const ScratchFolder folder;
        folder.write("1.yaml", invoking("one", "two"));
        folder.write("2.yaml", "version: 1\nid: two\non: [{event: e}]\nsteps: []\n");
        const auto loaded = loadDirectory(folder.path(), {});
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), loaded.findings.size());
        CPPUNIT_ASSERT(loaded.findings[0].file.ends_with("/2.yaml"));
    }

    void testCycleIsPrinted() {
        const ScratchFolder folder;
        folder.write("1.yaml", invoking("one", "two"));
        folder.write("2.yaml", invoking("two", "three"));
        folder.write("3.yaml", invoking("three", "one"));
        folder.write("4.yaml", invoking("four", "one"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("1.yaml:6:50: error: pipelines invoke each other and wait: one -> two -> three "
                        "-> one\n    hint: let one of them invoke with `wait: false` "
                        "(steps[1].with.pipeline)\n"),
            findings(loadDirectory(folder.path(), {}), folder));
    }

    void testPipelineThatWaitsForItself() {
        const ScratchFolder folder;
        folder.write("1.yaml", invoking("one", "one"));
        CPPUNIT_ASSERT(findings(loadDirectory(folder.path(), {}), folder).find("wait: one -> one\n") !=
                       std::string::npos);
    }

    void testCycleWithoutWaitIsGood() {
        const ScratchFolder folder;
        folder.write("1.yaml", invoking("one", "two"));
        folder.write("2.yaml", invoking("two", "one", ", wait: false"));
        CPPUNIT_ASSERT_EQUAL(std::string(), findings(loadDirectory(folder.path(), {}), folder));
    }

    static std::string limited(const std::string& id, const std::string& entry) {
        return "version: 1\nid: " + id + "\non: [{event: e}]\nconcurrency:\n  - {limit: 9}\n  - {" + entry +
               "}\nsteps: [{id: a, uses: x}]\n";
    }

    void testGlobalLimitsMustAgree() {
        const ScratchFolder folder;
        folder.write("1.yaml", limited("one", "limit: 2, scope: global, name: sites"));
        folder.write("2.yaml", limited("two", "limit: 2, scope: global, name: sites"));
        folder.write("3.yaml", limited("three", "limit: 3, scope: global, name: sites"));
        folder.write("4.yaml", limited("four", "limit: 4, name: sites"));
        const auto loaded = loadDirectory(folder.path(), {});
        CPPUNIT_ASSERT_EQUAL(std::string("3.yaml:6:13: error: the global limit `sites` is 2 in 1.yaml\n    hint: write "
                                         "the same limit, or give it a name of its own "
                                         "(concurrency[1].limit)\n"),
                             findings(loaded, folder));
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), loaded.pipelines.size());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DirectoryCheckTest);
