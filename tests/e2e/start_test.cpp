#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>

#include "e2e_setup.h"

using namespace stepd;
using namespace stepd::test;

class StartTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StartTest);
    CPPUNIT_TEST(testFiveMistakesGiveFiveFindings);
    CPPUNIT_TEST(testMissingFileAndUsage);
    CPPUNIT_TEST(testSecondDaemonOnOneStoreIsRefused);
    CPPUNIT_TEST(testPluginsThatCannotBeUsed);
    CPPUNIT_TEST(testCheckBeforeTheFirstStartLooksAtOptions);
    CPPUNIT_TEST(testChangedPipelineLeavesRunningRunsAlone);
    CPPUNIT_TEST_SUITE_END();

    static std::string configOf(const TemporaryDirectory& directory) {
        return "--config=" + directory.path() + "/stepd.yaml";
    }
    static std::size_t count(const std::string& text, const std::string& part) {
        std::size_t found = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
        return found;
    }

    void testFiveMistakesGiveFiveFindings() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: a, uses: efects/note}\n  - {id: a, uses: effects/note}\n  - {id: c, uses: effects/note, "
                 "timeout: 5}\n"
                 "  - {id: d, uses: effects/note, neds: [a]}\n  - {id: e, uses: effects/note, if: steps.nowhere.ok}\n");
        DaemonProcess daemon(directory);
        for (const bool check : {true, false}) {
            std::vector<std::string> arguments{configOf(directory)};
            if (check) arguments.push_back("--check");
            const auto [code, text] = daemon.run(arguments);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 1, code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::size_t(5), count(text, ": error: "));
            for (int line = 5; line <= 9; ++line)
                CPPUNIT_ASSERT_MESSAGE(text, text.find("job.yaml:" + std::to_string(line) + ":") != std::string::npos);
        }
    }

    void testMissingFileAndUsage() {
        TemporaryDirectory directory;
        DaemonProcess daemon(directory);
        const auto [code, text] = daemon.run({configOf(directory)});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 1, code);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("stepd.yaml") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(2, daemon.run({}).first);
        CPPUNIT_ASSERT_EQUAL(0, daemon.run({"--help"}).first);
        CPPUNIT_ASSERT_EQUAL(0, daemon.run({"--version"}).first);
    }

    // hardening R4
    void testSecondDaemonOnOneStoreIsRefused() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const auto [code, text] = daemon.run({configOf(directory)});
        CPPUNIT_ASSERT_MESSAGE(text, code != 0);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("stepd.lock") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(200L, daemon.request("GET", "/health").status);
    }

    void testPluginsThatCannotBeUsed() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: a, uses: missing, continue_on_error: true}\n  - {id: b, uses: wrong_abi, continue_on_error: "
                 "true}\n"
                 "  - {id: c, uses: effects/note}\n",
                 "  missing: {library: nowhere.so}\n  wrong_abi: {library: broken_major.so}\n");
        DaemonProcess daemon(directory);
        const auto [code, text] = daemon.run({configOf(directory), "--check"});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 1, code);
        CPPUNIT_ASSERT_MESSAGE(text,
                               text.find("nowhere.so") != std::string::npos && text.find("ABI") != std::string::npos);
        daemon.start();
        const Json run = daemon.waitForEnd(startJob(daemon));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(run.dump(2), std::string("completed"), run.at("state").get<std::string>());
        for (const char* step : {"a", "b"})
            CPPUNIT_ASSERT_EQUAL(std::string("invalid_config"),
                                 stepOf(run, step).at("error").at("class").get<std::string>());
        const Json plugins = daemon.getJson("/api/v1/plugins").at("plugins");
        int broken = 0;
        for (const auto& plugin : plugins) {
            if (plugin.at("state") != "broken") continue;
            ++broken;
            CPPUNIT_ASSERT_MESSAGE(plugin.dump(2), !plugin.at("problem").get<std::string>().empty());
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(plugins.dump(2), 2, broken);
        CPPUNIT_ASSERT_EQUAL(200L, daemon.request("GET", "/health").status);
    }

    void testCheckBeforeTheFirstStartLooksAtOptions() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        std::filesystem::remove_all(directory.path() + "/var");
        const auto [good, said] = daemon.run({configOf(directory), "--check"});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(said, 0, good);
        writeJob(directory, "  - {id: first, uses: effects/note}\n",
                 "  result_saver: {library: " STEPD_PLUGINS "/result_saver.so, options: {output_dir: 5}}\n");
        const auto [code, text] = daemon.run({configOf(directory), "--check"});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 1, code);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("output_dir") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(2, daemon.run({"--nonsense"}).first);
    }

    void testChangedPipelineLeavesRunningRunsAlone() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: held, uses: effects/gate}\n  - {id: old, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        daemon.waitUntil("the step to run", [&] { return countEffects(directory, "held") == 1; });
        daemon.kill();
        writeJob(directory, "  - {id: new, uses: effects/note}\n");
        directory.write("gate", "");
        daemon.start();
        CPPUNIT_ASSERT_EQUAL(std::string("completed"), daemon.waitForEnd(run).at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "old"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), countEffects(directory, "new"));
        daemon.waitForEnd(startJob(daemon));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "new"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(StartTest);
