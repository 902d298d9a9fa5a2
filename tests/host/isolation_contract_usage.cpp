// What calls use, and what they may use, wherever the plugin runs.
#include <nlohmann/json.hpp>

#include "host/isolation_contract.h"

namespace stepd::test {

void IsolationContract::testCallsHaveReceipts() {
    HostFixture host;
    host.services.secrets = {{"api_key", "s3cret-value"}};
    auto spec = lab();
    spec.options = R"({"keep": 1})";
    spec.secrets = {"api_key"};
    host.use({spec});
    const std::string input = R"({"urls": ["http://a/", "http://b/"]})";
    const auto fetched = host.run("fetch", input);
    ASSERT_CLASS(OutcomeClass::Ok, fetched);
    CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, fetched.receipt.hostCalls);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("options as merged, input, bodies",
                                 std::uint64_t{std::string_view(R"({"keep":1})").size() + input.size() + 18},
                                 fetched.receipt.bytesIn);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{fetched.output.size()}, fetched.receipt.bytesOut);
    CPPUNIT_ASSERT(fetched.receipt.cpu > Duration::zero());

    const auto told = host.run("leak", R"({"fail": true})");
    ASSERT_CLASS(OutcomeClass::Permanent, told);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("two secrets, a line, a note", std::uint32_t{4}, told.receipt.hostCalls);
    const auto quiet = host.run("echo");
    CPPUNIT_ASSERT_EQUAL(std::uint32_t{0}, quiet.receipt.hostCalls);
    CPPUNIT_ASSERT(quiet.receipt.bytesOut == quiet.output.size());
}

void IsolationContract::testProcessorTimeIsThatOfTheCall() {
    HostFixture host;
    host.use({lab(4, "hungry")});
    const auto busy = host.run("spin", R"({"millis": 40})");
    ASSERT_CLASS(OutcomeClass::Ok, busy);
    CPPUNIT_ASSERT_MESSAGE(std::to_string(busy.receipt.cpu.count()), busy.receipt.cpu >= Duration(40ms));
    const auto after = host.run("echo");
    CPPUNIT_ASSERT_MESSAGE("a thread's earlier calls are not counted again", after.receipt.cpu < busy.receipt.cpu);
}

void IsolationContract::testHostCallsAreLimited() {
    HostFixture host;
    host.services.secrets = {{"api_key", "s3cret-value"}};
    auto spec = lab(4, "hungry");
    spec.limits.hostCalls = 20;
    spec.secrets = {"api_key"};
    host.use({spec});
    for (const char* what : {"log", "progress", "secret", "http"}) {
        const auto nag = host.run("nag", R"({"what": ")" + std::string(what) + "\"}");
        ASSERT_CLASS(OutcomeClass::Denied, nag);
        CPPUNIT_ASSERT_EQUAL(std::string("host_calls_limit"), nag.error.code);
        ASSERT_CONTAINS("more than 20", nag.error.message);
        CPPUNIT_ASSERT_EQUAL(std::string("asked enough"), nag.resumeToken);
        CPPUNIT_ASSERT(nag.receipt.hostCalls > 20);
    }
    ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.supervisor.plugin("lab")->restarts);
}

void IsolationContract::testProcessorTimeIsLimited() {
    HostFixture host;
    auto spec = lab(4, "hungry");
    spec.limits.cpu = 50ms;
    host.use({spec});
    const auto idle = host.invoke(HostFixture::call("idle"));
    const auto spin = host.run("spin");
    ASSERT_CLASS(OutcomeClass::Timeout, spin);
    CPPUNIT_ASSERT_EQUAL(std::string("cpu_limit"), spin.error.code);
    ASSERT_CONTAINS("more than 50ms", spin.error.message);
    CPPUNIT_ASSERT_EQUAL(std::string("at 7"), spin.resumeToken);
    CPPUNIT_ASSERT(spin.receipt.cpu >= Duration(50ms));
    // One that was there all the time and used none goes on.
    host.supervisor.cancel(idle, host::CancelReason::User);
    ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(idle));
    auto late = HostFixture::call("idle");
    late.timeout = 200ms;
    CPPUNIT_ASSERT_EQUAL(std::string("deadline"), host.run(late).error.code);
}

void IsolationContract::testOutputIsLimited() {
    HostFixture host;
    auto spec = lab();
    spec.limits.outputBytes = 1000;
    host.use({spec});
    ASSERT_CLASS(OutcomeClass::Ok, host.run("big", R"({"bytes": 900})"));
    const auto tooLarge = host.run("big", R"({"bytes": 1000})");
    ASSERT_CLASS(OutcomeClass::Bug, tooLarge);
    ASSERT_CONTAINS("larger than 1000 bytes", tooLarge.error.message);
}

}  // namespace stepd::test
