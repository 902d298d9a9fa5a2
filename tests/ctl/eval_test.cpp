#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "support/loopback_server.h"
#include "support/temp_dir.h"

using namespace stepd;
using stepd::test::LoopbackServer;

/// `stepctl eval`.
class EvalTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EvalTest);
    CPPUNIT_TEST(testValuesHaveTheirType);
    CPPUNIT_TEST(testMistakesAreAnswerOne);
    CPPUNIT_TEST(testEventGivesNames);
    CPPUNIT_TEST(testRunGivesNames);
    CPPUNIT_TEST(testCasesAreCounted);
    CPPUNIT_TEST(testUsage);
    CPPUNIT_TEST_SUITE_END();

    struct Ended {
        int code;
        std::string text;
    };

    static Ended eval(const std::string& arguments) {
        FILE* pipe = ::popen((std::string(STEPCTL_PROGRAM) + " eval " + arguments + " 2>&1").c_str(), "r");
        CPPUNIT_ASSERT(pipe != nullptr);
        std::string text;
        std::array<char, 4096> buffer{};
        while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
            text.append(buffer.data(), got);
        const int status = ::pclose(pipe);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
    }

    /// For the shell. Expressions of these tests have no quotes of this kind.
    static std::string quoted(const std::string& expression) { return '"' + expression + '"'; }

    static void expect(int code, const std::string& text, const std::string& arguments) {
        const Ended ended = eval(arguments);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(arguments, text, ended.text);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(arguments, code, ended.code);
    }

    static std::string fileWith(const test::TempDir& directory, const std::string& text) {
        const std::string path = directory.file("file.json");
        std::ofstream(path) << text;
        return path;
    }

    void testValuesHaveTheirType() {
        expect(0, "true : bool\n", quoted("1 < 2"));
        expect(0, "3 : int\n", quoted("1 + 2"));
        expect(0, "3 : uint\n", quoted("1u + 2u"));
        expect(0, "-1.0 : double\n", "-- -1.0");
        expect(0, "null : null\n", "null");
        expect(0, "[1,2] : list(int)\n", quoted("[1, 2]"));
        expect(0, "{\"a\":1,\"b\":\"x\"} : map(string, dyn)\n", quoted("{'a': 1, 'b': 'x'}"));
        expect(0, "\"YWI=\" : bytes\n", quoted("b'ab'"));
        expect(0, "\"300s\" : duration\n", quoted("duration('5m')"));
        expect(0, "\"int\" : type\n", quoted("type(1)"));
        expect(0, "\"NaN\" : double\n", quoted("0.0 / 0.0"));
        expect(0, "{\"value\":[1],\"type\":\"list(int)\"}\n", "--json " + quoted("[1]"));
        expect(0, "{\"value\":\"-Infinity\",\"type\":\"double\"}\n", "--json " + quoted("0.0 - 1.0 / 0.0"));
    }

    void testMistakesAreAnswerOne() {
        expect(1, "1:4: unexpected the end: expected a value\n", quoted("1 +"));
        expect(1, "1:3: no overload: int + string\n    hint: there are int + int and string + string\n",
               quoted("1 + 'a'"));
        expect(1, "1:1: unknown name `event`\n    hint: --event FILE and --run ID give names their values\n",
               "event.id");
        expect(1, "error: division by zero\n", quoted("1 / 0"));
        expect(1, "error: it gives a value of type list(double) that JSON cannot hold\n", quoted("[0.0 / 0.0]"));
        const Ended json = eval("--json " + quoted("size(1) + size(2)"));
        CPPUNIT_ASSERT_EQUAL(1, json.code);
        CPPUNIT_ASSERT(json.text.find("\"column\": 11") != std::string::npos);
        CPPUNIT_ASSERT(json.text.find("\"message\": \"no overload: size(int)\"") != std::string::npos);
    }

    void testEventGivesNames() {
        const test::TempDir directory;
        const auto file = fileWith(
            directory, R"({"name": "order.paid", "data": {"n": 9007199254740993}, "ts": 1700000000000, "id": "o-1"})");
        expect(0, "9007199254740993 : int\n", "event.data.n --event " + file);
        expect(0, "\"2023-11-14T22:13:20Z\" : timestamp\n", "event.ts --event " + file);
        expect(0, "\"order.paid/o-1\" : string\n", quoted("event.name + '/' + event.id") + " --event " + file);
        expect(0, "null : null\n", "event.user --event " + file);
        expect(1, "1:12: no overload: string == int\n    hint: convert one side, or compare dyn(x)\n",
               quoted("event.name == 5") + " --event " + file);
        expect(1, "error: no such key: `m`\n", "event.data.m --event " + file);
        fileWith(directory, R"({"name": "a", "ts": "soon"})");
        expect(1, "stepctl: ts must be milliseconds since 1970 or RFC 3339 text\n", "1 --event " + file);
        fileWith(directory, "[]");
        expect(1, "stepctl: an event is a JSON object {\"name\": text, \"data\": object, ...}\n", "1 --event " + file);
        fileWith(directory, "{");
        expect(1, "stepctl: " + file + " is not valid JSON\n", "1 --event " + file);
    }

    void testRunGivesNames() {
        LoopbackServer server([](const std::string& head) {
            if (head.starts_with("GET /api/v1/runs/R1 "))
                return LoopbackServer::answer(200, "", R"({"id": "R1", "pipeline": "p", "state": "failed", "attempt": 2,
                    "created_at": "2026-01-02T03:04:05.000000Z", "started_at": null, "event_id": "E1", "steps": [
                    {"id": "a", "state": "completed", "output": {"x": [1, 2]}, "error": null},
                    {"id": "b", "state": "failed", "output": null,
                     "error": {"class": "timeout", "code": "", "message": "late", "details": null}}]})");
            if (head.starts_with("GET /api/v1/events/E1 "))
                return LoopbackServer::answer(200, "", R"({"id": "E1", "name": "e", "external_id": "mine",
                    "ts": "2026-01-02T03:04:05.000000Z", "received_at": "2026-01-02T03:04:06.000000Z", "data": {"k": "v"}})");
            return LoopbackServer::answer(404, "", R"({"detail": "There is no such run."})");
        });
        const std::string at = " --run R1 --url " + server.url("/");
        expect(0, "[1,2] : list(int)\n", "steps.a.output.x" + at);
        expect(0, "\"timeout\" : string\n", "steps.b.error.class" + at);
        expect(0, "[true,false] : list(bool)\n", quoted("[steps.a.ok, steps.b.ok || steps.b.output != null]") + at);
        expect(0, "\"mine v\" : string\n", quoted("event.id + ' ' + event.data.k") + at);
        expect(0, "[2,\"2026-01-02T03:04:05Z\"] : list(dyn)\n", quoted("[run.attempt, run.started_at]") + at);
        expect(1, "1:1: `run` has no field `pipeline`\n    hint: it has `id`, `attempt`, `started_at`\n",
               "run.pipeline" + at);
        expect(1, "stepctl: There is no such run.\n", "1 --run R2 --url " + server.url("/"));
        CPPUNIT_ASSERT_EQUAL(3, eval("1 --run R1 --url http://127.0.0.1:1").code);
    }

    void testCasesAreCounted() {
        const test::TempDir directory;
        const auto file = fileWith(directory, R"([
            {"suite": "basic/a", "name": "good", "expr": "1 + 1", "value": {"int64Value": "2"}},
            {"suite": "basic/b", "name": "fails", "expr": "1 / 0", "error": true},
            {"suite": "lists/c", "name": "wrong", "expr": "[1]", "value": {"listValue": {}}}])");
        expect(1,
               "lists/c wrong: [1]: gave [1]\n"
               "basic: 2 passed, 0 failed\n"
               "lists: 0 passed, 1 failed\n"
               "2 passed, 1 failed\n",
               "--cases " + file);
        CPPUNIT_ASSERT(eval("--json --cases " + file).text.find(R"("problem": "gave [1]")") != std::string::npos);
        fileWith(directory, R"([{"suite": "basic/a", "name": "good", "expr": "[]", "value": {"listValue": {}}}])");
        expect(0, "basic: 1 passed, 0 failed\n1 passed, 0 failed\n", "--cases " + file);
        fileWith(directory, "{}");
        expect(1, "stepctl: no array of cases\n", "--cases " + file);
    }

    void testUsage() {
        for (const char* arguments : {"", "1 --cases f", "1 --event f --run r", "1 2", "1 --nonsense"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(arguments, 2, eval(arguments).code);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(EvalTest);
