#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>
#include <utility>

/// `stepctl plugins check` on plugins with one mistake each.
class PluginCheckTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PluginCheckTest);
    CPPUNIT_TEST(testCleanPluginHasNoFindings);
    CPPUNIT_TEST(testCallsOfForbiddenFunctions);
    CPPUNIT_TEST(testLeakedNames);
    CPPUNIT_TEST(testSchemas);
    CPPUNIT_TEST(testLinking);
    CPPUNIT_TEST(testUndefinedSymbolsAreAllNamed);
    CPPUNIT_TEST(testWhatIsNoPlugin);
    CPPUNIT_TEST(testConstructorsRunInAWorkerAlone);
    CPPUNIT_TEST(testJson);
    CPPUNIT_TEST_SUITE_END();

    struct Ended {
        int code;
        std::string text;
    };

    static Ended check(const std::string& plugin, const std::string& options = {}) {
        const std::string file = plugin.starts_with('/') ? plugin : std::string(STEPD_TEST_PLUGINS) + "/" + plugin;
        const std::string command = std::string(STEPCTL_PROGRAM) + " plugins check " + options + " " + file + " 2>&1";
        FILE* pipe = ::popen(command.c_str(), "r");
        CPPUNIT_ASSERT(pipe != nullptr);
        std::string text;
        std::array<char, 4096> buffer{};
        while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
            text.append(buffer.data(), got);
        const int status = ::pclose(pipe);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
    }

    static bool has(const Ended& ended, const std::string& part) { return ended.text.find(part) != std::string::npos; }
    static void expect(const Ended& ended, const std::string& part) {
        CPPUNIT_ASSERT_MESSAGE(ended.text, has(ended, part));
    }

    void testCleanPluginHasNoFindings() {
        const Ended ended = check("unfit_none.so", "--strict");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(ended.text, 0, ended.code);
        expect(ended, "unfit 1.0.0  ABI 1.");
        expect(ended, "unfit  reentrant  does nothing");
        CPPUNIT_ASSERT_MESSAGE(ended.text, !has(ended, "warning") && !has(ended, "error"));
    }

    void testCallsOfForbiddenFunctions() {
        const Ended ended = check("unfit_imports.so");
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        expect(ended, "error: calls socket, which uses sockets");
        expect(ended, "hint: fetch with ctx.http()");
        expect(ended, "warning: calls system, which starts a program");
        expect(ended, "warning: calls getenv");
        expect(ended, "warning: calls strtok, which has one state for all threads");
    }

    void testLeakedNames() {
        const Ended ended = check("unfit_exports.so");
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        expect(ended, "exports 1 names beside the one function of the ABI: unfit_helper");
    }

    void testSchemas() {
        const Ended ended = check("unfit_schema.so");
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        expect(ended, "input schema at /properties/pages has the default \"five\", which it does not allow itself");
        expect(ended, "output schema is no JSON Schema that can be used");
        expect(ended, "input schema has no description of pages");
    }

    void testLinking() {
        const Ended ended = check("unfit_linking.so");
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        for (const char* part : {"asks for an executable stack", "without RELRO", "lazy binding", "has no build-id",
                                 "is stripped", "(/opt/elsewhere)"})
            expect(ended, part);
    }

    void testUndefinedSymbolsAreAllNamed() {
        const Ended ended = check("broken_undefined.so");
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        expect(ended, "needs stepd_test_symbol_that_nobody_defines, which no library that it names defines");
    }

    void testWhatIsNoPlugin() {
        CPPUNIT_ASSERT_EQUAL(1, check("/nowhere.so").code);
        expect(check("/nowhere.so"), "cannot be opened: No such file");
        expect(check("/etc"), "is no regular file");
        expect(check("/etc/passwd"), "is no ELF file");
        expect(check("broken_symbol.so"), "exports no stepd_plugin_v1_get: it is no plugin");
    }

    void testConstructorsRunInAWorkerAlone() {
        const Ended ended = check("broken_exit.so");
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        expect(ended, "exited with code 7");
        expect(ended, "error: calls _exit, which ends the whole worker");
    }

    void testJson() {
        const Ended ended = check("unfit_exports.so", "--json");
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        expect(ended, "\"threading\": \"reentrant\"");
        expect(ended, "\"severity\": \"error\"");
        expect(ended, "\"hint\": \"build with stepd_add_plugin");
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PluginCheckTest);
