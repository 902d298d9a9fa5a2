#include "host/supervisor.h"

#include <nlohmann/json.hpp>

#include "host/host_fixture.h"

using namespace stepd;
using namespace stepd::test;
using Json = nlohmann::ordered_json;

/// Steps that behave, in real workers.
class SupervisorTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SupervisorTest);
    CPPUNIT_TEST(testStepSeesItsCall);
    CPPUNIT_TEST(testWithIsMergedOverOptions);
    CPPUNIT_TEST(testPluginInC);
    CPPUNIT_TEST(testTypedStepRefusesInputThatDoesNotFit);
    CPPUNIT_TEST(testEightCallsRunAtOnceInTwoWorkers);
    CPPUNIT_TEST(testLargePayloadsGoBothWays);
    CPPUNIT_TEST(testBadAnswersAreBugsAndTheWorkerLives);
    CPPUNIT_TEST(testRefusedOptions);
    CPPUNIT_TEST(testUnknownPluginAndStep);
    CPPUNIT_TEST(testFetchesRunInParallelUpToTheLimit);
    CPPUNIT_TEST(testLogIsQuoted);
    CPPUNIT_TEST(testFloodOfLinesIsCut);
    CPPUNIT_TEST(testSecretsReachTheStepAndNobodyElse);
    CPPUNIT_TEST(testHealthIsTheWorstOfItsSteps);
    CPPUNIT_TEST(testLateHealthHarmsNoCall);
    CPPUNIT_TEST(testRequestThatIsTooLargeFailsAlone);
    CPPUNIT_TEST(testReloadKeepsRunningCalls);
    CPPUNIT_TEST(testStopEndsRunningCalls);
    CPPUNIT_TEST(testStopKillsWhatDoesNotObey);
    CPPUNIT_TEST(testDescription);
    CPPUNIT_TEST_SUITE_END();

    void testStepSeesItsCall() {
        HostFixture host;
        host.useLab();
        auto call = HostFixture::call("echo", R"({"n": 1.50, "text": "\u00e9"})");
        call.attempt = 2;
        call.attemptsLeft = 1;
        call.runStartedAt = fromMicros(1'700'000'000'123'456);
        call.resumeToken = "page 3";
        call.previousError = R"({"class":"upstream","code":"x","message":"y"})";
        const auto result = host.run(call);
        ASSERT_CLASS(OutcomeClass::Ok, result);
        const auto out = Json::parse(result.output);
        CPPUNIT_ASSERT_EQUAL(std::string("\xC3\xA9"), out["input"]["text"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("run-7"), out["run"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("event-8"), out["event"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("fetch-it"), out["step"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("key-9"), out["key"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(2, out["attempt"].get<int>());
        CPPUNIT_ASSERT_EQUAL(1, out["left"].get<int>());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'700'000'000'123'456}, out["started"].get<std::int64_t>());
        CPPUNIT_ASSERT_EQUAL(std::string("page 3"), out["token"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("upstream"), out["previous"]["class"].get<std::string>());
    }

    void testWithIsMergedOverOptions() {
        HostFixture host;
        auto lab = HostFixture::spec("lab", "lab");
        lab.options = R"({"pages": 5, "site": {"a": 1}, "keep": true})";
        host.use({lab});
        for (const int pages : {7, 8}) {
            const auto with = R"({"pages": )" + std::to_string(pages) + R"(, "site": {"b": 2}})";
            const auto out = Json::parse(host.run(HostFixture::call("echo", "{}", with)).output);
            CPPUNIT_ASSERT_EQUAL(pages, out["options"]["pages"].get<int>());
            CPPUNIT_ASSERT_EQUAL(std::string(R"({"b":2})"), out["options"]["site"].dump());
            CPPUNIT_ASSERT(out["options"]["keep"].get<bool>());
        }
    }

    void testPluginInC() {
        HostFixture host;
        host.use({HostFixture::spec("c", "c_echo")});
        const auto result = host.run(HostFixture::call("", R"({"a": 1.0, "b":[ ]})", "{}", "c"));
        ASSERT_CLASS(OutcomeClass::Ok, result);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a": 1.0, "b":[ ]})"), result.output);
    }

    void testTypedStepRefusesInputThatDoesNotFit() {
        HostFixture host;
        host.useLab();
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"total":5})"), host.run("add", R"({"a": 2, "b": 3})").output);
        const auto refused = host.run("add", R"({"b": "three"})");
        ASSERT_CLASS(OutcomeClass::InvalidInput, refused);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, Json::parse(refused.error.details)["findings"].size());
    }

    void testEightCallsRunAtOnceInTwoWorkers() {
        HostFixture host;
        host.useLab(2, 4);
        std::vector<host::CallId> calls;
        for (int i = 0; i < 8; ++i) calls.push_back(host.invoke(HostFixture::call("wait")));
        for (const auto id : calls) CPPUNIT_ASSERT_EQUAL(std::string("waiting"), host.waitProgress(id));
        CPPUNIT_ASSERT_EQUAL(std::size_t{8}, host.supervisor.slots("lab"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{8}, host.supervisor.plugin("lab")->running);
        for (const auto id : calls) host.supervisor.cancel(id, host::CancelReason::User);
        for (const auto id : calls) {
            const auto result = host.wait(id);
            ASSERT_CLASS(OutcomeClass::Cancelled, result);
            CPPUNIT_ASSERT_EQUAL(std::string("1"), result.error.message);  // CancelReason::User, as the step saw it
        }
    }

    void testLargePayloadsGoBothWays() {
        HostFixture host;
        host.useLab();
        constexpr std::size_t kBytes = 2U << 20;
        const std::string input =
            R"({"bytes": )" + std::to_string(kBytes) + R"(, "ballast": ")" + std::string(kBytes, 'y') + "\"}";
        const auto result = host.run("big", input);
        ASSERT_CLASS(OutcomeClass::Ok, result);
        const auto out = Json::parse(result.output);
        CPPUNIT_ASSERT_EQUAL(kBytes, out["text"].get_ref<const std::string&>().size());
        CPPUNIT_ASSERT_EQUAL(input.size(), out["given"].get<std::size_t>());
        const auto tooLarge = host.run("big", R"({"bytes": 20000000})");
        ASSERT_CLASS(OutcomeClass::Bug, tooLarge);
        ASSERT_CONTAINS("larger than", tooLarge.error.message);
    }

    void testBadAnswersAreBugsAndTheWorkerLives() {
        HostFixture host;
        host.use({HostFixture::spec("c", "c_echo")});
        const struct {
            const char* mode;
            const char* sentence;
        } rows[] = {{"raw", "not UTF-8"}, {"class", "unknown class 41"}, {"json", "not valid JSON"}};
        for (const auto& row : rows) {
            const auto with = std::string(R"({"text": ")") + row.mode + "\"}";
            const auto result = host.run(HostFixture::call("", "{}", with, "c"));
            ASSERT_CLASS(OutcomeClass::Bug, result);
            ASSERT_CONTAINS(row.sentence, result.error.message);
        }
        ASSERT_CLASS(OutcomeClass::Bug, (host.useLab(), host.run("die", R"({"how": "throw"})")));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.supervisor.plugin("lab")->restarts);
    }

    void testRefusedOptions() {
        HostFixture host;
        host.useLab();
        for (int i = 0; i < 2; ++i) {
            const auto result = host.run(HostFixture::call("echo", "{}", R"({"refuse": true})"));
            ASSERT_CLASS(OutcomeClass::InvalidConfig, result);
            CPPUNIT_ASSERT_EQUAL(std::string("refused"), result.error.code);
            CPPUNIT_ASSERT_EQUAL(std::string("as configured"), result.error.message);
        }
        ASSERT_CLASS(OutcomeClass::InvalidConfig, host.run(HostFixture::call("echo", "{}", "[]")));
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
    }

    void testUnknownPluginAndStep() {
        HostFixture host;
        host.useLab();
        const auto noPlugin = host.run(HostFixture::call("", "{}", "{}", "nobody"));
        ASSERT_CLASS(OutcomeClass::InvalidConfig, noPlugin);
        CPPUNIT_ASSERT_EQUAL(std::string("unknown_plugin"), noPlugin.error.code);
        for (const char* step : {"", "nothing"}) ASSERT_CLASS(OutcomeClass::InvalidConfig, host.run(step));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host.supervisor.slots("nobody"));
    }

    void testFetchesRunInParallelUpToTheLimit() {
        HostFixture host;
        host.services.hold();
        host.useLab();
        const auto id =
            host.invoke(HostFixture::call("fetch", R"({"urls": ["u:0","u:1","u:2","u:3","u:4"], "parallel": 2})"));
        host.services.events.wait("two fetches at once", [&] { return host.services.requests.size() == 2; });
        for (int i = 0; i < 5; ++i) host.services.release();
        const auto out = Json::parse(host.wait(id).output);
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, out.size());
        for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT_EQUAL("u:" + std::to_string(i), out[i]["body"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain"), out[0]["type"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, out[0]["redirects"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, host.services.mostAtOnce);
        CPPUNIT_ASSERT_EQUAL(std::string("x-test"), host.services.requests.at(0).headers.at(0).first);

        const auto abandoned = host.invoke(HostFixture::call("fetch", R"({"urls": ["u:9"]})"));
        host.services.events.wait("the fetch", [&] { return host.services.requests.size() == 6; });
        host.supervisor.cancel(abandoned, host::CancelReason::User);
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"),
                             Json::parse(host.wait(abandoned).output)[0]["failure"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host.services.cancelled);
    }

    void testLogIsQuoted() {
        HostFixture host;
        host.useLab();
        ASSERT_CLASS(OutcomeClass::Ok, host.run("chat"));
        CPPUNIT_ASSERT_EQUAL(std::string("forged\\u000a2026-01-01 error \\u001b[31mred?"), host.waitLog("forged"));
        CPPUNIT_ASSERT_EQUAL(std::string("out\\u001b[0m \\u202e line"), host.waitLog("out\\u001b"));
        CPPUNIT_ASSERT_EQUAL(std::string("err line"), host.waitLog("err line"));
        for (const auto& line : host.services.lines()) CPPUNIT_ASSERT_EQUAL(std::string("lab"), line.plugin);
    }

    void testFloodOfLinesIsCut() {
        HostFixture host;
        host.useLab();
        ASSERT_CLASS(OutcomeClass::Ok, host.run("chat", R"({"lines": 100000})"));
        host.supervisor.stop();
        CPPUNIT_ASSERT(host.services.lines().size() < 20'000);
    }

    void testSecretsReachTheStepAndNobodyElse() {
        HostFixture host;
        const std::string value = "s3cret\"value";
        host.services.secrets = {{"api_key", value}, {"other", "not-for-the-lab"}};
        auto lab = HostFixture::spec("lab", "lab");
        lab.secrets = {"api_key"};
        host.use({lab});
        const auto told = host.run(HostFixture::call("leak", "{}", R"({"auth": "Bearer ${secret:api_key}"})"));
        const auto failed = host.run("leak", R"({"fail": true})");
        CPPUNIT_ASSERT_EQUAL(value.size(), Json::parse(told.output)["length"].get<std::size_t>());
        CPPUNIT_ASSERT(!Json::parse(told.output)["other"].get<bool>());
        CPPUNIT_ASSERT_EQUAL(std::string("Bearer [secret]"),
                             Json::parse(told.output)["options"]["auth"].get<std::string>());
        ASSERT_CONTAINS("the key is [secret]", host.waitLog("the key is"));
        ASSERT_CONTAINS("on stdout: [secret]", host.waitLog("on stdout"));
        host.waitLog("asked for the secret 'other'");
        for (const auto& text : {told.output, failed.error.message, failed.error.details, failed.resumeToken})
            CPPUNIT_ASSERT(text.find("s3cret") == std::string::npos);
        for (const auto& line : host.services.lines()) CPPUNIT_ASSERT(line.text.find("s3cret") == std::string::npos);
        const auto refused = host.run(HostFixture::call("echo", "{}", R"({"auth": "${secret:other}"})"));
        ASSERT_CLASS(OutcomeClass::InvalidConfig, refused);
        ASSERT_CONTAINS("not granted", refused.error.message);
    }

    void testHealthIsTheWorstOfItsSteps() {
        HostFixture host;
        auto lab = HostFixture::spec("lab", "lab");
        lab.options = R"({"sick": true})";
        host.use({lab});
        host.waitState("lab", host::PluginState::Ready);
        host.waitHealth("lab", host::HealthState::Limited);
        const auto health = host.supervisor.plugin("lab")->health;
        CPPUNIT_ASSERT_EQUAL(std::string("no key"), health.message);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"service":"x"})"), health.details);
        host.useLab();
        host.waitHealth("lab", host::HealthState::Healthy);
    }

    void testLateHealthHarmsNoCall() {
        auto options = HostFixture::options(50ms);
        options.healthTimeout = 50ms;
        HostFixture host(options);
        auto spec = HostFixture::spec("awkward", "awkward");
        spec.threads = 2;
        host.use({spec});
        // Queued before the plugin is asked, and longer than the time after which its worker would be killed.
        const auto beside = host.invoke(HostFixture::call("slow", "{}", "{}", "awkward"));
        host.waitHealth("awkward", host::HealthState::Unhealthy);
        CPPUNIT_ASSERT_EQUAL(std::string("does not answer"), host.supervisor.plugin("awkward")->health.message);
        const auto result = host.wait(beside);
        ASSERT_CLASS(OutcomeClass::Ok, result);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"cancelled":false})"), result.output);
        host.waitLog("did not stop a call when told to");  // once it is alone
    }

    void testRequestThatIsTooLargeFailsAlone() {
        HostFixture host(kShortGrace);
        auto spec = HostFixture::spec("awkward", "awkward");
        spec.threads = 2;  // one for the health of its other step type, which never ends
        host.use({spec});
        const auto result = host.run(HostFixture::call("post", R"({"bytes": 70000000})", "{}", "awkward"));
        ASSERT_CLASS(OutcomeClass::Ok, result);
        const auto out = Json::parse(result.output);
        CPPUNIT_ASSERT_EQUAL(std::string("body_too_large"), out["failure"].get<std::string>());
        ASSERT_CONTAINS("larger than 64 MiB", out["message"].get<std::string>());
        CPPUNIT_ASSERT(host.services.requests.empty());
    }

    void testReloadKeepsRunningCalls() {
        HostFixture host;
        host.useLab(1, 1);
        const auto old = host.invoke(HostFixture::call("wait"));
        host.waitProgress(old);
        auto lab = HostFixture::spec("lab", "lab");
        lab.options = R"({"new": true})";
        host.use({lab});
        CPPUNIT_ASSERT(Json::parse(host.run("echo").output)["options"]["new"].get<bool>());
        host.supervisor.cancel(old, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(old));
    }

    void testStopEndsRunningCalls() {
        HostFixture host;
        host.useLab();
        const auto polite = host.invoke(HostFixture::call("wait"));
        host.waitProgress(polite);
        host.supervisor.stop();
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(polite));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), host.wait(polite).error.message);  // CancelReason::Shutdown
        host.supervisor.stop();
    }

    void testStopKillsWhatDoesNotObey() {
        HostFixture host(kShortGrace);
        host.useLab();
        const auto stuck = host.invoke(HostFixture::call("stuck"));
        host.waitProgress(stuck);
        host.supervisor.stop();
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(stuck));
        CPPUNIT_ASSERT_EQUAL(std::string("killed"), host.wait(stuck).error.code);
    }

    void testDescription() {
        HostFixture host;
        host.useLab();
        const auto status = host.waitState("lab", host::PluginState::Ready);
        CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"), status.description->version);
        const auto& add = status.description->steps.back();
        CPPUNIT_ASSERT_EQUAL(std::string("add"), add.type);
        CPPUNIT_ASSERT_EQUAL(std::string(R"(["a"])"), Json::parse(add.inputSchema)["required"].dump());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SupervisorTest);
