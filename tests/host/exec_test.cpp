#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/host_fixture.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;
using Json = nlohmann::ordered_json;

/// Programs as plugins: tests/support/plugins/exec_lab.c in real workers.
class ExecTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ExecTest);
    CPPUNIT_TEST(testHelloIsTheDescription);
    CPPUNIT_TEST(testProgramSeesItsCall);
    CPPUNIT_TEST(testBytesGoThroughUntouched);
    CPPUNIT_TEST(testLargePayloads);
    CPPUNIT_TEST(testFailureKeepsAllItsParts);
    CPPUNIT_TEST(testConfigurationsAndHealth);
    CPPUNIT_TEST(testFetchesGoThroughTheHost);
    CPPUNIT_TEST(testSecrets);
    CPPUNIT_TEST(testLogAndStandardError);
    CPPUNIT_TEST(testReentrantProgramHasManyCalls);
    CPPUNIT_TEST(testSerialProgramHasOne);
    CPPUNIT_TEST(testDeadlineIsToldThenForced);
    CPPUNIT_TEST(testDeathOfTheProgramIsACrashInWords);
    CPPUNIT_TEST(testBrokenProtocolIsACrashWithItsReason);
    CPPUNIT_TEST(testUnknownClassIsABug);
    CPPUNIT_TEST(testProgramIsInTheSandbox);
    CPPUNIT_TEST(testProgramDiesWithItsWorker);
    CPPUNIT_TEST(testProgramThatDoesNotBegin);
    CPPUNIT_TEST(testProgramsAreFoundAndChecked);
    CPPUNIT_TEST_SUITE_END();

    static host::PluginSpec program(std::vector<std::string> words) {
        host::PluginSpec spec;
        spec.name = "lab";
        spec.exec = std::move(words);
        spec.folder = STEPD_TEST_PLUGINS;
        spec.grant.net = {"*"};
        return spec;
    }

    static host::StepCall call(const std::string& what) { return HostFixture::call("do", R"({"do":")" + what + "\"}"); }

    void testHelloIsTheDescription() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        const auto status = host.waitState("lab", host::PluginState::Ready);
        CPPUNIT_ASSERT_EQUAL(std::string(STEPD_TEST_PLUGINS "/exec_lab"), status.library);
        CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"), status.description->version);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, status.description->steps.size());
        const auto& step = status.description->steps.front();
        CPPUNIT_ASSERT_EQUAL(std::string("do"), step.type);
        CPPUNIT_ASSERT_EQUAL(std::string("as told"), step.summary);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"type": "object"})"), step.inputSchema);
        CPPUNIT_ASSERT_EQUAL(std::string(), step.configSchema);
    }

    void testProgramSeesItsCall() {
        HostFixture host;
        auto spec = program({"exec_lab"});
        spec.options = R"({"pages": 5})";
        host.use({spec});
        auto whole = call("whole");
        whole.config = R"({"n": 1.50})";
        whole.attempt = 2;
        whole.attemptsLeft = 1;
        whole.runStartedAt = fromMicros(1'700'000'000'123'456);
        whole.resumeToken = "page 3";
        whole.previousError = R"({"class":"upstream"})";
        const auto frame = Json::parse(host.run(whole).output);
        CPPUNIT_ASSERT_EQUAL(std::string("do"), frame["step"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"pages":5,"n":1.5})"), frame["config"].dump());
        CPPUNIT_ASSERT_EQUAL(std::string("run-7"), frame["run_id"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("event-8"), frame["event_id"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("fetch-it"), frame["step_id"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("key-9"), frame["idempotency_key"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(2, frame["attempt"].get<int>());
        CPPUNIT_ASSERT_EQUAL(1, frame["attempts_left"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700'000'000'123}, frame["run_started_ms"].get<std::int64_t>());
        CPPUNIT_ASSERT_EQUAL(std::string("page 3"), frame["resume_token"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("upstream"), frame["previous_error"]["class"].get<std::string>());
        const auto left = frame["timeout_ms"].get<std::int64_t>();
        CPPUNIT_ASSERT(left > 0 && left <= kPatience / 1ms);
    }

    void testBytesGoThroughUntouched() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        const std::string input = R"({"n": 1.0, "big":1e400 ,"digits":123456789012345678901234567890,"text":"\u00e9"})";
        CPPUNIT_ASSERT_EQUAL(input, host.run(HostFixture::call("do", input)).output);
    }

    void testLargePayloads() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        const std::string input = R"({"text":")" + std::string(5U << 20, 'x') + "\"}";
        CPPUNIT_ASSERT(input == host.run(HostFixture::call("do", input)).output);
    }

    void testFailureKeepsAllItsParts() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        const auto result = host.run(call("fail"));
        ASSERT_CLASS(OutcomeClass::RateLimited, result);
        CPPUNIT_ASSERT_EQUAL(std::string("busy"), result.error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("later"), result.error.message);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"n": 1.0})"), result.error.details);
        CPPUNIT_ASSERT(result.error.retryAfter == Duration(1500ms));
        CPPUNIT_ASSERT_EQUAL(std::string("page 3"), result.resumeToken);
    }

    void testConfigurationsAndHealth() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        host.waitHealth("lab", host::HealthState::Limited);
        CPPUNIT_ASSERT_EQUAL(std::string("so so"), host.supervisor.plugin("lab")->health.message);
        Events events;
        std::optional<StepResult> verdict;
        host.supervisor.checkConfig("lab", "do", R"({"refuse":true})", kPatience,
                                    [&](StepResult result) { events.change([&] { verdict = std::move(result); }); });
        events.wait("a verdict", [&] { return verdict.has_value(); });
        ASSERT_CLASS(OutcomeClass::InvalidConfig, *verdict);
        CPPUNIT_ASSERT_EQUAL(std::string("as asked"), verdict->error.message);
    }

    void testFetchesGoThroughTheHost() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        const auto answer = Json::parse(host.run(call("http")).output);
        CPPUNIT_ASSERT_EQUAL(5, answer["id"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, answer["replies"].size());
        CPPUNIT_ASSERT_EQUAL(200, answer["replies"][0]["status"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("https://a.org/"), answer["replies"][0]["body"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("https://b.org/"), answer["replies"][1]["body"].get<std::string>());
        const auto& requests = host.services.requests;
        const auto& first = requests[requests[0].method == "GET" ? 0 : 1];
        const auto& second = requests[requests[0].method == "GET" ? 1 : 0];
        CPPUNIT_ASSERT(first.timeout == Duration(1500ms) && first.truncateBody);
        CPPUNIT_ASSERT(first.headers == (std::vector<std::pair<std::string, std::string>>{{"x", "y"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("\xFF"), second.body);
    }

    void testSecrets() {
        HostFixture host;
        host.services.secrets["KEY"] = "s\"cret";
        auto spec = program({"exec_lab"});
        host.use({spec});
        // A secret in an output is struck out, so all that can be seen is whether it came.
        CPPUNIT_ASSERT(Json::parse(host.run(call("secret")).output)["value"].is_null());
        spec.secrets = {"KEY"};
        host.swap({spec});
        CPPUNIT_ASSERT(Json::parse(host.run(call("secret")).output)["value"].is_string());
    }

    void testLogAndStandardError() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        ASSERT_CLASS(OutcomeClass::Ok, host.run(call("log")));
        host.waitLog("look");
        host.waitLog("beside");
    }

    void testReentrantProgramHasManyCalls() {
        HostFixture host;
        auto spec = program({"exec_lab", "reentrant"});
        spec.threads = 4;
        host.use({spec});
        std::vector<host::CallId> calls;
        for (int i = 0; i < 4; ++i) calls.push_back(host.invoke(call("wait")));
        for (const auto id : calls) CPPUNIT_ASSERT_EQUAL(std::string("waiting"), host.waitProgress(id));
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, host.supervisor.slots("lab"));
        for (const auto id : calls) host.supervisor.cancel(id, host::CancelReason::User);
        for (const auto id : calls) {
            const auto result = host.wait(id);
            ASSERT_CLASS(OutcomeClass::Cancelled, result);
            CPPUNIT_ASSERT_EQUAL(std::string("user"), result.error.message);
        }
    }

    void testSerialProgramHasOne() {
        HostFixture host;
        auto spec = program({"exec_lab"});
        spec.threads = 4;
        host.use({spec});
        host.waitState("lab", host::PluginState::Ready);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host.supervisor.slots("lab"));
    }

    void testDeadlineIsToldThenForced() {
        HostFixture host(kShortGrace);
        host.use({program({"exec_lab"})});
        auto told = call("wait");
        told.timeout = 10ms;
        const auto late = host.run(told);
        ASSERT_CLASS(OutcomeClass::Timeout, late);
        auto deaf = call("deaf");
        deaf.timeout = 10ms;
        const auto killed = host.run(deaf);
        ASSERT_CLASS(OutcomeClass::Timeout, killed);
        CPPUNIT_ASSERT_EQUAL(std::string("killed"), killed.error.code);
        ASSERT_CLASS(OutcomeClass::Ok, host.run(call("echo")));
    }

    void testDeathOfTheProgramIsACrashInWords() {
        HostFixture host;
        auto spec = program({"exec_lab"});
        spec.grant.exec = true;  // so that the orphan is one
        host.use({spec});
        const struct {
            const char* what;
            const char* words;
        } rows[] = {{"signal", "its program was killed by signal 11 (Segmentation fault)"},
                    {"exit", "its program exited with code 3"},
                    {"orphan", "its program exited with code 4"},
                    {"hang_up", "its program closed its standard output"}};
        for (const auto& row : rows) {
            const auto result = host.run(call(row.what));
            ASSERT_CLASS(OutcomeClass::Crash, result);
            ASSERT_CONTAINS(row.words, result.error.message);
        }
        ASSERT_CLASS(OutcomeClass::Ok, host.run(call("echo")));
    }

    void testBrokenProtocolIsACrashWithItsReason() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        const struct {
            const char* what;
            const char* words;
        } rows[] = {{"print", "only frames may go there"},
                    {"no_json", "sent a frame that is not valid JSON"},
                    {"type", "sent a frame of the unknown type `dance`"},
                    {"token", "which it does not have"},
                    {"typo", "with the unknown field `ouput`"},
                    {"kind", "whose `class` is no text"},
                    {"ask", "asks faster than it can be answered"}};
        for (const auto& row : rows) {
            const auto result = host.run(call(row.what));
            ASSERT_CLASS(OutcomeClass::Crash, result);
            ASSERT_CONTAINS(row.words, result.error.message);
        }
        // The second result is a word about a call that has ended; whether the first one still gets through is a race.
        host.run(call("twice"));
        host.waitLog("which it does not have");
        ASSERT_CLASS(OutcomeClass::Ok, host.run(call("echo")));
    }

    void testUnknownClassIsABug() {
        HostFixture host;
        host.use({program({"exec_lab"})});
        const auto result = host.run(call("class"));
        ASSERT_CLASS(OutcomeClass::Bug, result);
        ASSERT_CONTAINS("`fine`", result.error.message);
    }

    /// May it open /etc/passwd, make a socket, start a process?
    void testProgramIsInTheSandbox() {
        HostFixture host;
        auto spec = program({"exec_lab"});
        spec.sandbox = SandboxMode::Off;
        host.use({spec});
        CPPUNIT_ASSERT_EQUAL(std::string("[true,true,true]"), host.run(call("reach")).output);
        spec.sandbox = SandboxMode::Required;
        host.swap({spec});
        CPPUNIT_ASSERT_EQUAL(std::string("[false,false,false]"), host.run(call("reach")).output);
    }

    void testProgramDiesWithItsWorker() {
        FileDescriptor lives;
        {
            HostFixture host;
            host.use({program({"exec_lab"})});
            const pid_t pid = std::stoi(host.run(call("pid")).output);
            lives = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
            CPPUNIT_ASSERT(lives.valid());
        }
        pollfd ended{lives.get(), POLLIN, 0};
        CPPUNIT_ASSERT_EQUAL(1, ::poll(&ended, 1, static_cast<int>(kPatience / 1ms)));
    }

    void testProgramThatDoesNotBegin() {
        const struct {
            std::vector<std::string> words;
            const char* sentence;
        } rows[] = {{{"exec_lab", "exit"}, "its program exited with code 5 before its hello"},
                    {{"exec_lab", "stranger"}, "the program did not begin with a hello"},
                    {{"exec_lab", "future"}, "whose `protocol` is not 1"},
                    {{"exec_lab", "stepless"}, "0 step types"},
                    {{"no_such_program"}, "cannot open no_such_program"}};
        for (const auto& row : rows) {
            HostFixture host;
            host.use({program(row.words)});
            ASSERT_CONTAINS(row.sentence, host.waitState("lab", host::PluginState::Broken).sentence);
        }
    }

    /// `exec: [sh, start.sh]`, an interpreter of the system and a script of the plugin directory.
    void testProgramsAreFoundAndChecked() {
        const TempDir folder;
        const auto script = folder.file("start.sh");
        std::ofstream(script) << "exec " STEPD_TEST_PLUGINS "/exec_lab\n";
        std::filesystem::permissions(script, std::filesystem::perms(0644));
        auto spec = program({"sh", "start.sh"});
        spec.folder = folder.path();
        spec.grant.read = {STEPD_TEST_PLUGINS "/exec_lab"};  // which no word names
        HostFixture host;
        const auto sentence = [&](host::PluginSpec changed, const std::string& name) {
            changed.name = name;
            host.use({std::move(changed)});
            return host.waitState(name, host::PluginState::Broken).sentence;
        };
        host.use({spec});
        CPPUNIT_ASSERT_EQUAL(script, host.waitState("lab", host::PluginState::Ready).library);
        auto pinned = spec;
        pinned.sha256 = std::string(64, '0');
        ASSERT_CONTAINS("start.sh has not the SHA-256", sentence(pinned, "pinned"));
        auto withFile = spec;
        withFile.exec.push_back("table.csv");
        std::ofstream(folder.file("table.csv")) << "1,2\n";
        std::filesystem::permissions(folder.file("table.csv"), std::filesystem::perms(0666));
        ASSERT_CONTAINS("table.csv can be written by others", sentence(withFile, "csv"));
        std::filesystem::permissions(script, std::filesystem::perms(0666));
        ASSERT_CONTAINS("start.sh can be written by others", sentence(spec, "open"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ExecTest);
