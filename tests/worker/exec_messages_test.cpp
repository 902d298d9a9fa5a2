#include "worker/exec_messages.h"

#include <cppunit/extensions/HelperMacros.h>

#include "worker/exec_frames.h"

using namespace stepd;
using namespace stepd::worker;

#define ASSERT_CONTAINS(part, text) CPPUNIT_ASSERT_MESSAGE((text), (text).find(part) != std::string::npos)

/// Frames as text, in both directions. What a program sees and how it is held to the protocol:
/// tests/host/exec_test.cpp.
class ExecMessagesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ExecMessagesTest);
    CPPUNIT_TEST(testStreamIsCutIntoFrames);
    CPPUNIT_TEST(testLengthAboveTheLimitTakesNoMemory);
    CPPUNIT_TEST(testHello);
    CPPUNIT_TEST(testMistakesInAHelloAreNamed);
    CPPUNIT_TEST(testValuesThatPassThroughKeepTheirBytes);
    CPPUNIT_TEST(testMistakesInARequestAreNamed);
    CPPUNIT_TEST(testAnswersAreText);
    CPPUNIT_TEST_SUITE_END();

    void testStreamIsCutIntoFrames() {
        ExecFrames frames;
        frames.feed(execFramePrefix(3) + "abc" + execFramePrefix(0) + execFramePrefix(300).substr(0, 2));
        CPPUNIT_ASSERT_EQUAL(std::string("abc"), std::string(frames.next().value()));
        CPPUNIT_ASSERT_EQUAL(std::string(), std::string(frames.next().value()));
        CPPUNIT_ASSERT(!frames.next());
        frames.feed(execFramePrefix(300).substr(2) + std::string(299, 'x'));
        CPPUNIT_ASSERT(!frames.next());
        frames.feed("x");
        CPPUNIT_ASSERT_EQUAL(std::string(300, 'x'), std::string(frames.next().value()));
        CPPUNIT_ASSERT(frames.violation().empty());
    }

    void testLengthAboveTheLimitTakesNoMemory() {
        ExecFrames frames;
        frames.feed(execFramePrefix(kMaxExecFrameBytes + 1) + "{}");
        CPPUNIT_ASSERT(!frames.next());
        ASSERT_CONTAINS("began a frame of 67108865 bytes", frames.violation());
        frames.feed("more");
        CPPUNIT_ASSERT(!frames.next());
    }

    void testHello() {
        const auto hello = readHello(R"({"type":"hello","protocol":1,"name":"words","version":"2.0.0","steps":[
            {"type":"a","threading":"reentrant","input_schema":{"type":"object"},"checks":true},{"type":"b"}]})");
        CPPUNIT_ASSERT(hello);
        CPPUNIT_ASSERT_EQUAL(std::string("words"), hello->name);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, hello->steps.size());
        CPPUNIT_ASSERT_EQUAL(std::int32_t{STEPD_REENTRANT}, hello->steps[0].threading);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"type":"object"})"), hello->steps[0].inputSchema);
        CPPUNIT_ASSERT(hello->steps[0].checks && !hello->steps[0].health);
        CPPUNIT_ASSERT_EQUAL(std::int32_t{STEPD_SERIAL}, hello->steps[1].threading);
    }

    void testMistakesInAHelloAreNamed() {
        const struct {
            const char* text;
            const char* sentence;
        } rows[] = {
            {"nope", "sent a frame that is not valid JSON"},
            {"[]", "sent a frame that is no JSON object"},
            {R"({"type":"log"})", "did not begin with a hello"},
            {R"({"type":"hello"})", "sent a frame without `name`"},
            {R"({"type":"hello","name":"a","protocol":2})", "whose `protocol` is not 1"},
            {R"({"type":"hello","name":"a","steps":{}})", "whose `steps` is no array"},
            {R"({"type":"hello","name":"a","steps":[7]})", "sent a step type that is no JSON object"},
            {R"({"type":"hello","name":"a","steps":[{}]})", "sent a step type without `type`"},
            {R"({"type":"hello","name":"a","steps":[{"type":"s","threading":"many"}]})",
             "neither serial nor reentrant"},
            {R"({"type":"hello","name":"a","steps":[{"type":"s","health":1}]})", "neither true nor false"},
            {R"({"type":"hello","name":"a","steps":[{"type":"s","inputschema":{}}]})", "unknown field `inputschema`"},
        };
        for (const auto& row : rows) {
            const auto hello = readHello(row.text);
            CPPUNIT_ASSERT_MESSAGE(row.text, !hello);
            ASSERT_CONTAINS(row.sentence, hello.error());
        }
    }

    void testValuesThatPassThroughKeepTheirBytes() {
        const auto word = readWord(R"({"call":3,"class":"ok","type":"result","output":{"a": 1.0, "b":[1e400 ]},)"
                                   R"("details":null})");
        CPPUNIT_ASSERT(word);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, word->call);
        const auto& result = std::get<ProgramResult>(word->what);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a": 1.0, "b":[1e400 ]})"), result.output);
        CPPUNIT_ASSERT_EQUAL(std::string(), result.details);
        CPPUNIT_ASSERT(!result.retryAfter);
    }

    void testMistakesInARequestAreNamed() {
        const struct {
            const char* request;
            const char* sentence;
        } rows[] = {
            {R"({})", "sent a request without `url`"},
            {R"({"url":"u","headers":[["a"]]})", "`headers` is no list of"},
            {R"({"url":"u","headers":[["a",1]]})", "`headers` is no list of"},
            {R"({"url":"u","body_base64":"?"})", "is no base64"},
            {R"({"url":"u","body":"a","body_base64":"AA=="})", "there is a `body` too"},
            {R"({"url":"u","timeout_ms":0})", "`timeout_ms` is no whole number from 1"},
            {R"({"url":"u","timeout_ms":1.5})", "`timeout_ms` is no whole number"},
            {R"({"url":"u","timeout":1})", "unknown field `timeout`"},
        };
        for (const auto& row : rows) {
            const auto word =
                readWord(std::string(R"({"type":"http","call":1,"id":1,"requests":[)") + row.request + "]}");
            CPPUNIT_ASSERT_MESSAGE(row.request, !word);
            ASSERT_CONTAINS(row.sentence, word.error());
        }
        CPPUNIT_ASSERT(!readWord(R"({"type":"http","call":1,"id":1,"requests":[]})"));
    }

    void testAnswersAreText() {
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"type":"cancel","call":9,"reason":"timeout"})"),
                             cancelText(9, STEPD_CANCEL_TIMEOUT));
        const stepd_str secret{"a\"b", 3};
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"type":"secret","call":1,"id":2,"value":"a\"b"})"),
                             secretText(1, 2, &secret));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"type":"secret","call":1,"id":2,"value":null})"),
                             secretText(1, 2, nullptr));
        const stepd_str header[] = {{"etag", 4}, {"x", 1}};
        stepd_http_reply_v1 reply{};
        reply.status = 200;
        reply.body = {"\xFF\x00", 2};
        reply.headers = header;
        reply.header_count = 1;
        reply.elapsed_ns = 3'500'000;
        const stepd_http_reply_v1* replies[] = {&reply};
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"type":"http","call":1,"id":2,"replies":[{"status":200,"failure":null,"message":null,)"
                        R"("final_url":"","headers":[["etag","x"]],"redirects":[],"body_base64":"/wA=",)"
                        R"("truncated":false,"elapsed_ms":3}]})"),
            fetchedText(1, 2, replies, 1));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ExecMessagesTest);
