#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "host/build_shelf.h"
#include "host/host_fixture.h"
#include "host/plugin_probe.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;

/// Libraries that cannot be used: each is broken with its reason, and calls to it say so.
class PluginLoadTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PluginLoadTest);
    CPPUNIT_TEST(testDefectsOfTheHandshakeAreNamed);
    CPPUNIT_TEST(testDeathWhileLoadingIsTriedAFewTimes);
    CPPUNIT_TEST(testConstructorThatHangsIsKilled);
    CPPUNIT_TEST(testBrokenPluginEndsCallsAndIsTriedAgainWhenDeclaredAnew);
    CPPUNIT_TEST(testMissingWorkerProgram);
    CPPUNIT_TEST(testFileMustBeOursAlone);
    CPPUNIT_TEST(testAllFoldersOnTheWayMustBeTrusted);
    CPPUNIT_TEST(testDigestIsOfWhatIsLoaded);
    CPPUNIT_TEST(testSwapBetweenCheckAndLoad);
    CPPUNIT_TEST(testProbeDescribesChecksAndRuns);
    CPPUNIT_TEST_SUITE_END();

    static std::string reason(host::PluginSpec spec, host::HostOptions options = HostFixture::options()) {
        FakeServices services;
        const SystemClock clock;
        host::PluginProbe probe(std::move(options), std::move(spec), services, clock);
        const auto described = probe.describe();
        return described ? "loaded" : described.error();
    }

    void testDefectsOfTheHandshakeAreNamed() {
        const struct {
            const char* library;
            const char* sentence;
        } rows[] = {
            {"broken_symbol", "does not export stepd_plugin_v1_get"},
            {"broken_undefined", "stepd_test_symbol_that_nobody_defines"},
            {"broken_null", "the plugin's table is a null pointer"},
            {"broken_major", "built for ABI 2.0, this stepd has ABI 1.1"},
            {"broken_minor", "needs ABI 1.99 or later"},
            {"broken_magic", "magic number"},
            {"broken_short", "the plugin's table states a size of 40 bytes"},
            {"broken_step_short", "a step type's table states a size of 16 bytes"},
            {"broken_step_null", "a step type's table is a null pointer"},
            {"broken_text", "the summary of step type 0 is not UTF-8"},
            {"broken_length", "the name of step type 0 is longer than 128 bytes"},
            {"broken_twice", "two step types named broken"},
            {"broken_name", "characters other than"},
            {"broken_schema", "a schema of the step type broken is not valid JSON"},
            {"broken_exit", "exited with code 7"},
            {"broken_crash", "signal 11 (Segmentation fault) in readNowhere+0x"},
            {"no_such_file", "No such file"},
        };
        for (const auto& row : rows) {
            const auto sentence = reason(HostFixture::spec("x", row.library));
            ASSERT_CONTAINS(row.sentence, std::string(row.library) + ": " + sentence);
        }
    }

    void testDeathWhileLoadingIsTriedAFewTimes() {
        HostFixture host;
        host.use({HostFixture::spec("dies", "broken_exit")});
        const auto status = host.waitState("dies", host::PluginState::Broken);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{HostFixture::options().loadTries}, status.restarts);
        ASSERT_CONTAINS("exited with code 7", status.sentence);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host.supervisor.slots("dies"));
    }

    void testConstructorThatHangsIsKilled() {
        auto options = HostFixture::options();
        options.loadTimeout = 200ms;
        ASSERT_CONTAINS("did not finish loading within 200ms",
                        reason(HostFixture::spec("hangs", "broken_hang"), options));
        auto spec = HostFixture::spec("hangs", "broken_hang");
        spec.loadTimeout = 100ms;
        ASSERT_CONTAINS("did not finish loading within 100ms", reason(spec, options));
    }

    void testBrokenPluginEndsCallsAndIsTriedAgainWhenDeclaredAnew() {
        HostFixture host;
        const auto folder = fs::temp_directory_path() / ("stepd-load-" + std::to_string(::getpid()));
        fs::create_directory(folder);
        auto spec = HostFixture::spec("c", "c_echo");
        const auto good = spec.library;
        spec.library = (folder / "c.so").string();
        host.use({spec});
        const auto early = host.run(HostFixture::call("", "1", "{}", "c"));
        ASSERT_CLASS(OutcomeClass::InvalidConfig, early);
        CPPUNIT_ASSERT_EQUAL(std::string("plugin_broken"), early.error.code);
        ASSERT_CONTAINS("No such file", early.error.message);
        fs::copy_file(good, spec.library);
        host.use({spec});
        ASSERT_CLASS(OutcomeClass::Ok, host.run(HostFixture::call("", "1", "{}", "c")));
        fs::remove_all(folder);
    }

    void testMissingWorkerProgram() {
        auto options = HostFixture::options();
        options.workerProgram = "/nowhere/stepd-worker";
        ASSERT_CONTAINS("cannot start /nowhere/stepd-worker", reason(HostFixture::spec("c", "c_echo"), options));
    }

    void testFileMustBeOursAlone() {
        const auto folder = fs::temp_directory_path() / ("stepd-owner-" + std::to_string(::getpid()));
        fs::create_directory(folder);
        const auto file = folder / "c.so";
        auto spec = HostFixture::spec("c", "c_echo");
        fs::copy_file(spec.library, file);
        const auto at = [&](const fs::path& path) {
            auto there = spec;
            there.library = path.string();
            return reason(there);
        };
        CPPUNIT_ASSERT_EQUAL(std::string("loaded"), at(file));
        ::chmod(file.c_str(), 0775);
        ASSERT_CONTAINS("can be written by others", at(file));
        ::chmod(file.c_str(), 0755);
        ::chmod(folder.c_str(), 0777);
        ASSERT_CONTAINS("can be written by others", at(file));
        ::chmod(folder.c_str(), 0755);
        fs::create_symlink(file, folder / "link.so");
        ASSERT_CONTAINS("symbolic link", at(folder / "link.so"));
        ASSERT_CONTAINS("is not a file", at(folder));
        std::ofstream(folder / "text.so") << "no library";
        ASSERT_CONTAINS("cannot be loaded", at(folder / "text.so"));
        fs::remove_all(folder);
    }

    void testAllFoldersOnTheWayMustBeTrusted() {
        const TempDir temp;  // in a sticky folder, mostly
        const fs::path outer = temp.path() + "/outer", inner = outer / "inner";
        fs::create_directories(inner);
        auto spec = HostFixture::spec("c", "c_echo");
        fs::copy_file(spec.library, inner / "c.so");
        const auto at = [&](const fs::path& path) {
            auto there = spec;
            there.library = path.string();
            return reason(there);
        };
        CPPUNIT_ASSERT_EQUAL(std::string("loaded"), at(inner / "c.so"));
        CPPUNIT_ASSERT_EQUAL(std::string("loaded"), at(inner / ".." / "inner" / "." / "c.so"));
        ::chmod(outer.c_str(), 0775);
        ASSERT_CONTAINS("outer can be written by others", at(inner / "c.so"));
        fs::create_directory_symlink(inner, temp.file("way"));
        ASSERT_CONTAINS("outer can be written by others", at(temp.path() + "/way/c.so"));
        ::chmod(outer.c_str(), 0755);
        CPPUNIT_ASSERT_EQUAL(std::string("loaded"), at(temp.path() + "/way/c.so"));
        if (::geteuid() != 0) {
            std::cout << "SKIPPED: only root can give a folder away\n";
            return;
        }
        CPPUNIT_ASSERT_EQUAL(0, ::lchown(temp.file("way").c_str(), 4711, 4711));
        ASSERT_CONTAINS("way belongs to user 4711", at(temp.path() + "/way/c.so"));
        CPPUNIT_ASSERT_EQUAL(0, ::chown(outer.c_str(), 4711, 4711));
        ASSERT_CONTAINS("outer belongs to user 4711", at(inner / "c.so"));
    }

    void testDigestIsOfWhatIsLoaded() {
        auto spec = HostFixture::spec("c", "c_echo");
        spec.sha256 = std::string(64, '0');
        ASSERT_CONTAINS("has not the SHA-256", reason(spec));
    }

    /// Whatever happens to the path, or to the file itself, between the check and the loading.
    void testSwapBetweenCheckAndLoad() {
        const TempDir temp;
        const std::string path = temp.file("v.so");
        fs::copy_file(HostFixture::spec("", "versioned_1").library, path);
        host::BuildShelf shelf(temp.file("shelf"));
        const auto checked = *host::openLibrary(path, "", host::OwnerCheck::Required);
        const auto copy = shelf.keep(checked);
        const auto sameBytes = [&](const host::LibraryPtr& library) {
            return *host::sha256Of(library->file) == checked->sha256;
        };
        fs::remove(path);
        fs::copy_file(HostFixture::spec("", "broken_exit").library, path);
        CPPUNIT_ASSERT(sameBytes(checked) && !host::problemOf(*checked));  // another name for another file
        CPPUNIT_ASSERT(sameBytes(copy));
        fs::remove(path);
        fs::copy_file(HostFixture::spec("", "versioned_1").library, path);
        const auto again = *host::openLibrary(path, checked->sha256, host::OwnerCheck::Required);
        const auto kept = shelf.keep(again);
        std::ofstream(path, std::ios::binary) << "other bytes in the very file";
        ASSERT_CONTAINS("was written to", host::problemOf(*again).value_or(""));
        CPPUNIT_ASSERT(sameBytes(kept) && !host::problemOf(*kept));
    }

    void testProbeDescribesChecksAndRuns() {
        FakeServices services;
        const SystemClock clock;
        host::PluginProbe probe(HostFixture::options(), HostFixture::spec("", "lab"), services, clock);
        CPPUNIT_ASSERT_EQUAL(std::string("lab"), probe.describe()->name);
        ASSERT_CLASS(OutcomeClass::Ok, probe.checkConfig("echo", "{}", kPatience));
        const auto refused = probe.checkConfig("echo", R"({"refuse": true})", kPatience);
        ASSERT_CLASS(OutcomeClass::InvalidConfig, refused);
        CPPUNIT_ASSERT_EQUAL(std::string("as configured"), refused.error.message);
        const auto result = probe.run("add", "{}", R"({"a": 1})", kPatience);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"total":2})"), result.output);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PluginLoadTest);
