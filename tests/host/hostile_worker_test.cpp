#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>

#include "host/host_fixture.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;

/// A worker that is an enemy (hardening R21): hostile_worker.cpp says what it does. Whatever it is, it costs the
/// worker's life and nobody else's, and leaves nothing behind.
class HostileWorkerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HostileWorkerTest);
    CPPUNIT_TEST(testHostileGreetings);
    CPPUNIT_TEST(testHostileAnswers);
    CPPUNIT_TEST(testAnswersThatCountAllTheSame);
    CPPUNIT_TEST_SUITE_END();

    static host::HostOptions options(const std::string& deed) {
        auto options = HostFixture::options(kShortGrace);
        options.workerProgram = STEPD_HOSTILE_WORKER;
        options.environment.push_back("HOSTILE=" + deed);
        return options;
    }

    static std::size_t openDescriptors() {
        const fs::directory_iterator all("/proc/self/fd");
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    /// How a call of the hostile plugin ends; `deed` is looked at apart for what it leaves open.
    static StepResult play(const std::string& deed) {
        const auto before = openDescriptors();
        StepResult result;
        {
            HostFixture host(options(deed));
            host.use({HostFixture::spec("hostile", "c_echo")});
            result = host.run(HostFixture::call("step", "{}", "{}", "hostile"));
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(deed, before, openDescriptors());
        for (const char c : result.error.message) CPPUNIT_ASSERT_MESSAGE(deed, static_cast<unsigned char>(c) >= 0x20);
        return result;
    }

    struct Row {
        const char* deed;
        const char* sentence;
    };

    static void expect(OutcomeClass outcome, const Row& row) {
        const auto result = play(row.deed);
        const std::string seen = row.deed + std::string(": ") + result.error.message;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(seen, std::string(toString(outcome)), std::string(toString(result.outcome)));
        ASSERT_CONTAINS(row.sentence, seen);
    }

    void testHostileGreetings() {
        const Row rows[] = {
            {"speaks_before_its_greeting", "spoke before its greeting"},
            {"greets_for_a_call", "malformed greeting"},
            {"greets_with_rubbish", "malformed greeting"},
            {"greets_and_more", "malformed greeting"},
            {"greets_with_half_a_header", "shorter than its header"},
            {"greets_with_nothing", "closed its channel and did not end"},
            {"greets_out_of_sequence", "out of sequence"},
            {"greets_with_a_path_for_a_name", "the name of a step type is none"},
            {"greets_with_65_steps", "1 to 64 are possible"},
            {"greets_with_a_million_steps", "malformed greeting"},
            {"greets_with_an_unknown_thread_mode", "unknown thread mode"},
            {"greets_with_a_version_of_many_lines",
             "1\"\\u000a    sha256: \"x' of itself, which has control characters"},
            {"greets_with_a_summary_that_paints", "the summary of the step type step has control characters"},
            {"refuses_with_rubbish", "malformed refusal"},
            {"refuses_with_an_escape", "bad"},
        };
        for (const auto& row : rows) expect(OutcomeClass::InvalidConfig, row);
    }

    void testHostileAnswers() {
        const Row rows[] = {
            {"answers_another_call", "spoke of a call that it does not have"},
            {"answers_no_call", "spoke of a call that it does not have"},
            {"answers_with_a_class_of_the_host", "unknown class"},
            {"answers_with_no_class", "unknown class"},
            {"answers_too_much", "too large"},
            {"answers_no_utf8", "malformed result"},
            {"answers_a_text_of_4_gib", "malformed result"},
            {"greets_again", "unknown type"},
            {"calls_the_host", "unknown type"},
            {"sends_an_unknown_type", "unknown type"},
            {"skips_a_number", "out of sequence"},
            {"repeats_a_number", "out of sequence"},
            {"sends_unknown_flags", "unknown flags"},
            {"lies_about_the_length", "not the length it states"},
            {"lies_about_the_body", "not the length it states"},
            {"announces_a_tebibyte", "too large"},
            {"announces_a_memfd_and_sends_none", "wrong number of descriptors"},
            {"sends_an_unsealed_memfd", "not in a sealed memfd"},
            {"sends_a_memfd_that_may_shrink", "not in a sealed memfd"},
            {"sends_a_memfd_of_another_size", "not the size it states"},
            {"sends_a_folder_for_a_memfd", "not in a sealed memfd"},
            {"sends_a_descriptor_unasked", "wrong number of descriptors"},
            {"sends_60_descriptors", "a packet is too long"},
            {"logs_at_level_99", "malformed log line"},
            {"progresses_by_nan", "malformed progress note"},
            {"fetches_nothing", "forbidden size"},
            {"fetches_10001_times", ""},
            {"hangs_up", "closed its channel and did not end"},
            {"hangs_up_its_half", "closed its channel and did not end"},
            {"dies_with_last_words", "the daemon"},
            {"scribbles_ones", "signal 9"},
            {"scribbles_noise", "signal 9"},
            {"scribbles_a_ramp", "signal 9"},
        };
        for (const auto& row : rows) expect(OutcomeClass::Crash, row);
    }

    void testAnswersThatCountAllTheSame() {
        for (const char* deed : {"", "answers_twice", "speaks_on_after_its_last_words"}) {
            const auto result = play(deed);
            ASSERT_CLASS(OutcomeClass::Ok, result);
            CPPUNIT_ASSERT_EQUAL(std::string("1"), result.output);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HostileWorkerTest);
