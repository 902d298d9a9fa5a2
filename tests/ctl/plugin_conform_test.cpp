#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

/// `stepctl plugins conform` finds the flaw of each step of tests/support/plugins/flawed.cpp, and none in the sound
/// one.
class PluginConformTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PluginConformTest);
    CPPUNIT_TEST(testSoundStepPassesAll);
    CPPUNIT_TEST(testForgottenMemory);
    CPPUNIT_TEST(testForgottenDescriptors);
    CPPUNIT_TEST(testStepThatDoesNotHear);
    CPPUNIT_TEST(testStateSharedByThreads);
    CPPUNIT_TEST(testOutputAgainstItsSchema);
    CPPUNIT_TEST(testInputThatIsTrusted);
    CPPUNIT_TEST(testEffectWithoutKey);
    CPPUNIT_TEST(testOptionsThatAreRefused);
    CPPUNIT_TEST(testTableNamesTheCommandToSeeItAgain);
    CPPUNIT_TEST_SUITE_END();

    using Json = nlohmann::json;

    struct Ended {
        int code;
        std::string text;
    };

    static Ended conform(const std::string& arguments) {
        const std::string command = std::string(STEPCTL_PROGRAM) +
                                    " plugins conform " STEPD_TEST_PLUGINS "/flawed.so --seed 4 --calls 1500 " +
                                    arguments + " 2>&1";
        FILE* pipe = ::popen(command.c_str(), "r");
        CPPUNIT_ASSERT(pipe != nullptr);
        std::string text;
        std::array<char, 4096> buffer{};
        while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
            text.append(buffer.data(), got);
        const int status = ::pclose(pipe);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
    }

    /// The row of that check.
    static Json rowOf(const Ended& ended, const std::string& check) {
        const Json report = Json::parse(ended.text, nullptr, false);
        CPPUNIT_ASSERT_MESSAGE(ended.text, report.is_object());
        for (const Json& row : report["steps"][0]["checks"])
            if (row["check"] == check) return row;
        CPPUNIT_FAIL("there is no check '" + check + "' in " + ended.text);
        return {};
    }

    static void expect(const std::string& step, const std::string& check, const std::string& detail,
                       const std::string& result = "fail") {
        const Ended ended = conform("--json --step " + step);
        const Json row = rowOf(ended, check);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(ended.text, result, row["result"].get<std::string>());
        CPPUNIT_ASSERT_MESSAGE(ended.text, row["detail"].get<std::string>().find(detail) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(ended.text, result == "fail" ? 1 : 0, ended.code);
    }

    void testSoundStepPassesAll() {
        const Ended ended = conform("--json --step sound");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(ended.text, 0, ended.code);
        CPPUNIT_ASSERT(rowOf(ended, "leaks")["calls"] == 1500);
        CPPUNIT_ASSERT(rowOf(ended, "calls at once")["result"] == "pass");
        CPPUNIT_ASSERT(rowOf(ended, "inputs that its schema allows")["detail"].get<std::string>().find(
                           "fit the schema") != std::string::npos);
    }

    void testForgottenMemory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        std::cout << "SKIPPED: under a sanitizer memory is not judged\n";
#else
        expect("leaky", "leaks", "bytes a call and went on");
#endif
    }

    void testForgottenDescriptors() {
        expect("open_ended", "leaks", "descriptors more than before");
    }
    void testStepThatDoesNotHear() {
        expect("deaf", "cancel at any moment", "its worker was killed");
    }
    void testStateSharedByThreads() {
        expect("racy", "calls at once", "threads share what they should not");
    }
    void testOutputAgainstItsSchema() {
        expect("liar", "inputs that its schema allows", "its output does not fit its schema");
    }
    void testInputThatIsTrusted() {
        expect("trusting", "inputs with a mistake", "ended as class bug");
    }
    void testEffectWithoutKey() {
        expect("careless", "one key for all attempts", "send ctx.idempotencyKey() along", "note");
    }

    void testOptionsThatAreRefused() {
        const Ended ended = conform("--step sound --with '{\"pages\": 0}'");
        CPPUNIT_ASSERT_EQUAL(1, ended.code);
        CPPUNIT_ASSERT_MESSAGE(ended.text,
                               ended.text.find("pages must be 1 or more; give options that work") != std::string::npos);
    }

    void testTableNamesTheCommandToSeeItAgain() {
        const Ended ended = conform("--step trusting");
        for (const char* part : {"CHECK", "FAIL", "seed 4", "again: stepctl plugins run ", "--step trusting"})
            CPPUNIT_ASSERT_MESSAGE(ended.text, ended.text.find(part) != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PluginConformTest);
