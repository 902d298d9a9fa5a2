#include "host/isolation_contract.h"

#include <nlohmann/json.hpp>

namespace stepd::test {

using Json = nlohmann::ordered_json;

host::PluginSpec IsolationContract::lab(std::uint32_t threads, const std::string& library) const {
    auto spec = HostFixture::spec("lab", library);
    spec.threads = threads;
    spec.isolation = isolation();
    return spec;
}

void IsolationContract::testStepSeesItsCall() {
    HostFixture host;
    auto spec = lab();
    spec.options = R"({"keep": 1, "over": 2})";
    host.use({spec});
    auto call = HostFixture::call("echo", R"({"n": 1.50})", R"({"over": 3})");
    call.attempt = 2;
    call.attemptsLeft = 1;
    call.runStartedAt = fromMicros(1'700'000'000'123'456);
    call.resumeToken = "page 3";
    call.previousError = R"({"class":"upstream","code":"x","message":"y"})";
    const auto result = host.run(call);
    ASSERT_CLASS(OutcomeClass::Ok, result);
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"({"input":{"n":1.5},"options":{"keep":1,"over":3},"run":"run-7","event":"event-8",)"
                    R"("step":"fetch-it","attempt":2,"left":1,"key":"key-9","started":1700000000123456,)"
                    R"("token":"page 3","previous":{"class":"upstream","code":"x","message":"y"}})"),
        Json::parse(result.output).dump());
    CPPUNIT_ASSERT(isolation() == host.supervisor.plugin("lab")->isolation);
}

void IsolationContract::testOutcomesKeepTheirClasses() {
    HostFixture host;
    host.use({lab()});
    const auto refused = host.run(HostFixture::call("echo", "{}", R"({"refuse": true})"));
    ASSERT_CLASS(OutcomeClass::InvalidConfig, refused);
    CPPUNIT_ASSERT_EQUAL(std::string("refused: as configured"), refused.error.code + ": " + refused.error.message);
    const auto thrown = host.run("die", R"({"how": "throw"})");
    ASSERT_CLASS(OutcomeClass::Bug, thrown);
    ASSERT_CONTAINS("thrown by the step", thrown.error.message);
    const auto typed = host.run("add", R"({"b": "three"})");
    ASSERT_CLASS(OutcomeClass::InvalidInput, typed);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, Json::parse(typed.error.details)["findings"].size());
    const auto unknown = host.run("nothing");
    ASSERT_CLASS(OutcomeClass::InvalidConfig, unknown);
    CPPUNIT_ASSERT_EQUAL(std::string("unknown_step"), unknown.error.code);
}

void IsolationContract::testBadAnswersAreBugs() {
    HostFixture host;
    host.use({lab(4, "c_echo")});
    for (const auto& [mode, sentence] :
         {std::pair("raw", "not UTF-8"), {"class", "unknown class 41"}, {"json", "not valid JSON"}}) {
        const auto result = host.run(HostFixture::call("", "{}", std::string(R"({"text": ")") + mode + "\"}"));
        ASSERT_CLASS(OutcomeClass::Bug, result);
        ASSERT_CONTAINS(sentence, result.error.message);
    }
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"a": 1.0, "b":[ ]})"), host.run("", R"({"a": 1.0, "b":[ ]})").output);
}

void IsolationContract::testWordsGoWhereTheyBelong() {
    HostFixture host;
    host.use({lab()});
    ASSERT_CLASS(OutcomeClass::Ok, host.run("chat", R"({"lines": 0})"));
    CPPUNIT_ASSERT_EQUAL(std::string("forged\\u000a2026-01-01 error \\u001b[31mred?"), host.waitLog("forged"));
    for (const auto& line : host.services.lines())
        if (line.text.find("forged") != std::string::npos) {
            CPPUNIT_ASSERT(line.level == host::PluginLogLevel::Warn && line.source == host::LogSource::Plugin);
            CPPUNIT_ASSERT_EQUAL(std::string("lab run-7 fetch-it"), line.plugin + " " + line.runId + " " + line.stepId);
        }
    const auto waiting = host.invoke(HostFixture::call("wait"));
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), host.waitProgress(waiting));
}

void IsolationContract::testFetchesGoThroughTheHost() {
    HostFixture host;
    host.services.hold();
    host.use({lab()});
    const auto id = host.invoke(HostFixture::call("fetch", R"({"urls": ["u:0","u:1","u:2"], "parallel": 2})"));
    host.services.events.wait("two fetches at once", [&] { return host.services.requests.size() == 2; });
    for (int i = 0; i < 3; ++i) host.services.release();
    const auto out = Json::parse(host.wait(id).output);
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT_EQUAL("u:" + std::to_string(i), out[i]["body"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, host.services.mostAtOnce);
    const auto abandoned = host.invoke(HostFixture::call("fetch", R"({"urls": ["u:9"]})"));
    host.services.events.wait("the fetch", [&] { return host.services.requests.size() == 4; });
    host.supervisor.cancel(abandoned, host::CancelReason::User);
    CPPUNIT_ASSERT_EQUAL(std::string("cancelled"),
                         Json::parse(host.wait(abandoned).output)[0]["failure"].get<std::string>());
}

void IsolationContract::testSecretsAreStruckOut() {
    HostFixture host;
    host.services.secrets = {{"api_key", "s3cret-value"}, {"other", "not-for-the-lab"}};
    auto spec = lab();
    spec.secrets = {"api_key"};
    host.use({spec});
    const auto told = host.run("leak");
    CPPUNIT_ASSERT_EQUAL(12, Json::parse(told.output)["length"].get<int>());
    CPPUNIT_ASSERT_EQUAL(std::string("[secret]"), Json::parse(told.output)["key"].get<std::string>());
    CPPUNIT_ASSERT(!Json::parse(told.output)["other"].get<bool>());
    ASSERT_CONTAINS("the key is [secret]", host.waitLog("the key is"));
    host.waitLog("asked for the secret 'other'");
}

void IsolationContract::testCancelAndDeadlineReachTheStep() {
    HostFixture host;
    host.use({lab()});
    const auto id = host.invoke(HostFixture::call("wait"));
    host.waitProgress(id);
    host.supervisor.cancel(id, host::CancelReason::User);
    const auto cancelled = host.wait(id);
    ASSERT_CLASS(OutcomeClass::Cancelled, cancelled);
    CPPUNIT_ASSERT_EQUAL(std::string("1 at 42"), cancelled.error.message + " " + cancelled.resumeToken);
    auto late = HostFixture::call("wait");
    late.timeout = 20ms;
    const auto timedOut = host.run(late);
    ASSERT_CLASS(OutcomeClass::Timeout, timedOut);
    CPPUNIT_ASSERT_EQUAL(std::string("deadline at 42"), timedOut.error.code + " " + timedOut.resumeToken);
    ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
}

void IsolationContract::testManyCallsKeepTheirResults() {
    HostFixture host;
    host.use({lab()});
    std::vector<host::StepCall> calls;
    for (int i = 0; i < 300; ++i) calls.push_back(HostFixture::call("add", R"({"a": )" + std::to_string(i) + "}"));
    const auto ids = host.invokeAll(std::move(calls));
    for (std::size_t i = 0; i < ids.size(); ++i)
        CPPUNIT_ASSERT_EQUAL(R"({"total":)" + std::to_string(i + 1) + "}", host.wait(ids[i]).output);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.supervisor.plugin("lab")->restarts);
}

void IsolationContract::testSlowCallsRunAtOnce() {
    HostFixture host;
    host.use({lab()});
    std::vector<host::StepCall> calls(4, HostFixture::call("wait"));
    const auto ids = host.invokeAll(std::move(calls));
    for (const auto id : ids) CPPUNIT_ASSERT_EQUAL(std::string("waiting"), host.waitProgress(id));
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, host.supervisor.slots("lab"));
    for (const auto id : ids) host.supervisor.cancel(id, host::CancelReason::User);
    for (const auto id : ids) ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(id));
}

void IsolationContract::testLargePayloadsGoBothWays() {
    HostFixture host;
    host.use({lab()});
    const std::string input = R"({"bytes": 2000000, "ballast": ")" + std::string(2'000'000, 'y') + "\"}";
    const auto out = Json::parse(host.run("big", input).output);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2'000'000}, out["text"].get_ref<const std::string&>().size());
    CPPUNIT_ASSERT_EQUAL(input.size(), out["given"].get<std::size_t>());
    const auto tooLarge = host.run("big", R"({"bytes": 20000000})");
    ASSERT_CLASS(OutcomeClass::Bug, tooLarge);
    ASSERT_CONTAINS("larger than", tooLarge.error.message);
}

void IsolationContract::testHealthIsTold() {
    HostFixture host;
    auto spec = lab();
    spec.options = R"({"sick": true})";
    host.use({spec});
    host.waitHealth("lab", host::HealthState::Limited);
    CPPUNIT_ASSERT_EQUAL(std::string("no key"), host.supervisor.plugin("lab")->health.message);
}

void IsolationContract::testStopEndsRunningCalls() {
    HostFixture host;
    host.use({lab()});
    const auto id = host.invoke(HostFixture::call("wait"));
    host.waitProgress(id);
    host.supervisor.stop();
    const auto result = host.wait(id);
    ASSERT_CLASS(OutcomeClass::Cancelled, result);
    CPPUNIT_ASSERT_EQUAL(std::string("3"), result.error.message);  // CancelReason::Shutdown, as the step saw it
}

}  // namespace stepd::test
