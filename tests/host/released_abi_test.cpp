#include <nlohmann/json.hpp>

#include "host/capabilities.h"
#include "host/host_fixture.h"
#include "host/plugin_probe.h"

using namespace stepd;
using namespace stepd::test;
using Json = nlohmann::json;

namespace {

/// Every minor that was released; its samples are in tests/abi.
const std::vector<std::string> kReleases = {"1.0", "1.1"};

host::PluginSpec sample(const std::string& release, const std::string& language) {
    return HostFixture::spec("sample", "released_" + release + "_" + language);
}

host::StepCall call(std::string step, std::string input = "{}", std::string with = "{}") {
    return HostFixture::call(std::move(step), std::move(input), std::move(with), "sample");
}

}  // namespace

/// The promise of the ABI: a plugin that was built for 1.x works in every later 1.y (sdk/include/stepd/abi.h). Real
/// workers run what was built from the headers that were released.
class ReleasedAbiTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReleasedAbiTest);
    CPPUNIT_TEST(testDescriptionIsWhole);
    CPPUNIT_TEST(testStepIsToldItsCall);
    CPPUNIT_TEST(testSerialStepKeepsItsInstance);
    CPPUNIT_TEST(testServicesAnswer);
    CPPUNIT_TEST(testCancelReachesTheStep);
    CPPUNIT_TEST(testEveryClassArrives);
    CPPUNIT_TEST(testConfigurationIsCheckedAndHealthIsTold);
    CPPUNIT_TEST(testPluginInCpp);
    CPPUNIT_TEST(testPluginOfALaterMinorLoads);
    CPPUNIT_TEST_SUITE_END();

    /// `story(release)`, for each.
    template <typename Story>
    static void forReleases(Story&& story) {
        for (const auto& release : kReleases) story(release);
    }

    void testDescriptionIsWhole() {
        forReleases([](const std::string& release) {
            FakeServices services;
            const SystemClock clock;
            host::PluginProbe probe(HostFixture::options(), sample(release, "c"), services, clock);
            const auto plugin = probe.describe();
            CPPUNIT_ASSERT_MESSAGE(plugin ? "" : plugin.error(), plugin);
            CPPUNIT_ASSERT_EQUAL(release, std::to_string(plugin->abiMajor) + "." + std::to_string(plugin->abiMinor));
            CPPUNIT_ASSERT_EQUAL(
                std::string("MIT https://example.org/sample none example"),
                plugin->license + " " + plugin->sourceUrl + " " + plugin->sdk + " " + plugin->vendorTag);
            CPPUNIT_ASSERT_EQUAL(std::size_t{6}, plugin->steps.size());
            const auto& count = plugin->steps.front();
            CPPUNIT_ASSERT_EQUAL(std::string("count, of the sample: count"), count.type + ", " + count.summary);
            CPPUNIT_ASSERT_EQUAL(std::string(R"({"title":"count in"}{"title":"count out"})"),
                                 count.inputSchema + count.outputSchema);
            CPPUNIT_ASSERT_EQUAL(0, count.threading);
            const auto asked = host::readCapabilities(count);
            CPPUNIT_ASSERT(asked);
            CPPUNIT_ASSERT_EQUAL(release != "1.0", asked->has_value());  // 1.0 had no field for it
            if (*asked)
                CPPUNIT_ASSERT_EQUAL(std::string("one.test two.test:80 API_KEY"),
                                     (*asked)->net[0] + " " + (*asked)->net[1] + " " + (*asked)->secrets[0]);
        });
    }

    void testStepIsToldItsCall() {
        forReleases([](const std::string& release) {
            HostFixture host;
            host.use({sample(release, "c")});
            auto told = call("tell", R"({"z":[1,2.50]})");
            told.runId = "r", told.eventId = "e", told.stepId = "s", told.idempotencyKey = "k";
            told.resumeToken = "page 6", told.previousError = R"({"class":"upstream"})";
            told.attempt = 3, told.attemptsLeft = 2;
            told.runStartedAt = Timestamp(5s);
            const auto result = host.run(told);
            ASSERT_CLASS(OutcomeClass::Ok, result);
            CPPUNIT_ASSERT_EQUAL(
                std::string(
                    R"({"input":{"z":[1,2.50]},"attempt":3,"left":2,"run":"r","event":"e","step":"s","key":"k",)"
                    R"("token":"page 6","previous":{"class":"upstream"},"started":5000000000,"now":true,)"
                    R"("cancelled":0})"),
                result.output);
            host.waitLog("a word from C");
        });
    }

    void testSerialStepKeepsItsInstance() {
        forReleases([](const std::string& release) {
            HostFixture host;
            auto spec = sample(release, "c");
            spec.threads = 4;  // of which a plugin with a serial step type uses one
            host.use({spec});
            std::vector<host::StepCall> calls(20, call("count"));
            const auto ids = host.invokeAll(std::move(calls));
            std::set<int> counted;
            for (const auto id : ids) counted.insert(Json::parse(host.wait(id).output).at("calls").get<int>());
            CPPUNIT_ASSERT_EQUAL(std::size_t{20}, counted.size());
            CPPUNIT_ASSERT_EQUAL(20, *counted.rbegin());
        });
    }

    void testServicesAnswer() {
        forReleases([](const std::string& release) {
            HostFixture host;
            host.services.secrets = {{"API_KEY", "s3cret-value"}};
            auto spec = sample(release, "c");
            spec.secrets = {"API_KEY"};
            host.use({spec});
            CPPUNIT_ASSERT_EQUAL(
                std::string(R"({"status":200,"body":"http://one.test/","second":"http://two.test/",)"
                            R"("final":"http://one.test/","header":"content-type text/plain",)"
                            R"("redirect":"http://first.test/","failure":"","message":"","elapsed":true})"),
                host.run(call("fetch")).output);
            const auto& sent = host.services.requests.front();
            CPPUNIT_ASSERT_EQUAL(std::string("POST hello c"),
                                 sent.method + " " + sent.body + " " + sent.headers.front().second);
            CPPUNIT_ASSERT(sent.timeout == 2s && sent.connectTimeout == 1s && sent.truncateBody);
            CPPUNIT_ASSERT(sent.maxBodyBytes == 1000 && sent.maxRedirects == 2);
            CPPUNIT_ASSERT_EQUAL(std::string(R"({"known":1,"length":12,"value":"[secret]","unknown":0})"),
                                 host.run(call("secret")).output);
        });
    }

    void testCancelReachesTheStep() {
        forReleases([](const std::string& release) {
            HostFixture host;
            host.use({sample(release, "c")});
            const auto id = host.invoke(call("wait"));
            CPPUNIT_ASSERT_EQUAL(std::string("waiting"), host.waitProgress(id));
            host.supervisor.cancel(id, host::CancelReason::User);
            const auto result = host.wait(id);
            ASSERT_CLASS(OutcomeClass::Cancelled, result);
            CPPUNIT_ASSERT_EQUAL(std::string("stopped by a person page 7"),
                                 result.error.code + " " + result.error.message + " " + result.resumeToken);
        });
    }

    void testEveryClassArrives() {
        forReleases([](const std::string& release) {
            HostFixture host;
            host.use({sample(release, "c")});
            for (const int number : {1, 10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26, 45}) {
                const auto result = host.run(call("end", std::to_string(number)));
                CPPUNIT_ASSERT_EQUAL(number, static_cast<int>(result.outcome));
                CPPUNIT_ASSERT_EQUAL(std::string(R"(as_asked as the input says {"by":"c"})"),
                                     result.error.code + " " + result.error.message + " " + result.error.details);
                CPPUNIT_ASSERT(result.error.retryAfter == Duration(1500ms));
            }
        });
    }

    void testConfigurationIsCheckedAndHealthIsTold() {
        forReleases([](const std::string& release) {
            HostFixture host;
            host.use({sample(release, "c")});
            host.waitHealth("sample", host::HealthState::Limited);
            CPPUNIT_ASSERT_EQUAL(std::string("half of it works"), host.supervisor.plugin("sample")->health.message);
            const auto refused = host.run(call("tell", "{}", R"({"how":"refuse"})"));
            ASSERT_CLASS(OutcomeClass::InvalidConfig, refused);
            CPPUNIT_ASSERT_EQUAL(std::string("refused this cannot work"),
                                 refused.error.code + " " + refused.error.message);
        });
    }

    void testPluginInCpp() {
        forReleases([](const std::string& release) {
            HostFixture host;
            host.use({sample(release, "cpp")});
            CPPUNIT_ASSERT_EQUAL(std::string(R"({"calls":1,"config":{"a":1},"input":[]})"),
                                 host.run(call("", "[]", R"({"a":1})")).output);
            const auto leaked = host.run(call("echo", "null"));
            ASSERT_CLASS(OutcomeClass::Bug, leaked);
            CPPUNIT_ASSERT_EQUAL(std::string("there is nothing"), leaked.error.message);
            ASSERT_CLASS(OutcomeClass::InvalidConfig, host.run(call("", "1", R"({"how":"refuse"})")));
        });
    }

    /// As long as it can do with what this host has; broken_minor of PluginLoadTest cannot.
    void testPluginOfALaterMinorLoads() {
        HostFixture host;
        host.use({HostFixture::spec("sample", "later_minor")});
        const auto result = host.run(call("later"));
        ASSERT_CLASS(OutcomeClass::NotFound, result);
        CPPUNIT_ASSERT_EQUAL(std::string("later this host"), result.error.code + " " + result.error.message);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReleasedAbiTest);
