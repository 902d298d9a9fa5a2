#include "linkedin_collector/collector.h"

#include <cppunit/extensions/HelperMacros.h>

#include "kit/sha256.h"
#include "linkedin_collector/virtual_world.h"

using namespace stepd;
using namespace stepd::linkedin;
using namespace std::chrono_literals;

/// What a registration becomes: values, errors, skips, cache.
class CollectorTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CollectorTest);
    CPPUNIT_TEST(testSuccess);
    CPPUNIT_TEST(testScrapingDogByDefault);
    CPPUNIT_TEST(testSkippedWithoutARequest);
    CPPUNIT_TEST(testNoKeyMeansSkippedNotInvented);
    CPPUNIT_TEST(testCompaniesNeedAnOperation);
    CPPUNIT_TEST(testOptedOut);
    CPPUNIT_TEST(testFinalProblemsAreValues);
    CPPUNIT_TEST(testPassingProblemsAreErrorsUntilTheLastAttempt);
    CPPUNIT_TEST(testNameMismatchKeepsTheData);
    CPPUNIT_TEST(testRawData);
    CPPUNIT_TEST(testSecretsNeverComeBack);
    CPPUNIT_TEST(testCache);
    CPPUNIT_TEST(testCancelled);
    CPPUNIT_TEST(testWrongInputIsAValue);
    CPPUNIT_TEST(testHealth);
    CPPUNIT_TEST_SUITE_END();

    static constexpr auto kMore = Collector::Attempt::MoreToCome;
    static constexpr auto kLast = Collector::Attempt::Last;

    static Json options(Json more = Json::object()) {
        more["providers"] = Json::array({plainProvider("one")});
        return more;
    }

    static std::string status(const Outcome& outcome) {
        CPPUNIT_ASSERT_MESSAGE(outcome.message(), outcome.ok());
        const Json& out = outcome.output();
        return out.at("status").get<std::string>() + " " + out.value("reason", out.value("code", std::string()));
    }

    void testSuccess() {
        Collector collector(options());
        VirtualWorld world;
        world.script.push_back(
            {.status = 200, .body = R"({"name":"Jane Doe","people_also_viewed":[1]})", .elapsed = 812ms});
        Json out = collector.collect(world, janeDoe(), kMore).output();
        CPPUNIT_ASSERT_EQUAL(std::string("Jane Doe"),
                             out.at("analysis").at("profile_summary").at("full_name").get<std::string>());
        out.erase("analysis");
        const Json want = Json::parse(
            R"({"status":"success","url":"https://www.linkedin.com/in/jane-doe","timestamp":"2026-03-04T00:00:00.812000Z",
            "provider":"one","cached":false,"attempts":[{"provider":"one","outcome":"ok","http_status":200,"duration_ms":812}],
            "retryable":false,"warnings":[],"raw_data":{"name":"Jane Doe"}})");
        CPPUNIT_ASSERT_EQUAL(want.dump(), out.dump());
    }

    void testScrapingDogByDefault() {
        Collector collector(Json::object());
        VirtualWorld world;
        world.secrets = {{"SCRAPINGDOG_API_KEY", "dog-key-1"}};
        world.answer(202);
        world.answer(200, R"({"message":"Please try again after 2-3 minutes"})");
        world.answer(200, R"([{"fullName":"Jane Doe","public_identifier":"jane-doe","followers":"1.2K followers",
            "experience":[{"position":"CTO","company_name":"Acme","starts_at":"Jan 2020","ends_at":"Present"}],
            "education":[{"college_name":"KPI","college_degree":"BSc","college_degree_field":"CS","college_duration":"2010 - 2014"}]}])");
        const auto outcome = collector.collect(world, janeDoe(), kMore);
        CPPUNIT_ASSERT_EQUAL(std::string("success "), status(outcome));
        CPPUNIT_ASSERT_EQUAL(
            std::string("https://api.scrapingdog.com/profile/?api_key=dog-key-1&type=profile&id=jane-doe&premium=true"),
            world.requests.at(0).url);
        CPPUNIT_ASSERT_EQUAL(std::string("[30000,60000]"), Json(world.waits).dump());
        const Json& analysis = outcome.output().at("analysis");
        CPPUNIT_ASSERT_EQUAL(1200, analysis.at("profile_summary").at("followers_count").get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("c_level"),
                             analysis.at("professional_info").at("seniority").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(75, analysis.at("professional_info").at("total_experience_months").get<int>());
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"school":"KPI","degree":"BSc","field_of_study":"CS","starts_at":"2010","ends_at":"2014"})"),
            analysis.at("education").at("degrees").at(0).dump());
        CPPUNIT_ASSERT_EQUAL(std::string("Jane Doe"),
                             outcome.output().at("raw_data").at("fullName").get<std::string>());

        const struct {
            int status;
            const char* body;
            const char* want;
        } rows[] = {{200, R"({"success":false,"message":"Profile not found"})", "error profile_not_found"},
                    {403, R"({"message":"You have reached your limit"})", "error quota_exhausted"}};
        for (const auto& row : rows) {
            Collector fresh(Json::object());
            world.answer(row.status, row.body);
            CPPUNIT_ASSERT_EQUAL(std::string(row.want), status(fresh.collect(world, janeDoe(), kMore)));
        }
    }

    void testSkippedWithoutARequest() {
        const struct {
            const char* url;
            const char* reason;
        } rows[] = {{nullptr, "no_linkedin_url"},
                    {"https://linkedin.com/feed/", "not_a_profile"},
                    {"https://lnkd.in/abc", "short_link_unresolved"},
                    {"jane", "not_a_url"}};
        for (const auto& row : rows) {
            Collector collector(options());
            VirtualWorld world;
            Json input = janeDoe();
            input["linkedin"] = nullptr;
            input["input_data"]["linkedin"] = row.url == nullptr ? Json() : Json(row.url);
            const auto outcome = collector.collect(world, input, kMore);
            CPPUNIT_ASSERT_EQUAL(std::string("skipped ") + row.reason, status(outcome));
            CPPUNIT_ASSERT_EQUAL(std::string(row.url == nullptr ? "" : row.url),
                                 outcome.output().at("url").get<std::string>());
            CPPUNIT_ASSERT(world.requests.empty() && !outcome.output().contains("analysis") &&
                           !outcome.output().at("retryable").get<bool>());
        }
        Collector collector(options());
        VirtualWorld world;
        Json input = janeDoe();
        input["linkedin"]["id_type"] = "member_token";
        CPPUNIT_ASSERT_EQUAL(std::string("skipped unsupported_id_type"),
                             status(collector.collect(world, input, kMore)));
    }

    void testNoKeyMeansSkippedNotInvented() {
        for (const char* key : {"", static_cast<const char*>(nullptr)}) {
            Collector collector(Json::object());
            VirtualWorld world;
            if (key != nullptr) world.secrets = {{"SCRAPINGDOG_API_KEY", key}};
            const auto outcome = collector.collect(world, janeDoe(), kMore);
            CPPUNIT_ASSERT_EQUAL(std::string("skipped no_provider_configured"), status(outcome));
            CPPUNIT_ASSERT(outcome.output().at("provider").is_null() && !outcome.output().contains("raw_data") &&
                           world.requests.empty());
        }
        // The second provider has what it needs.
        Json keyed = plainProvider("keyed");
        keyed["secrets"] = {{"key", "MISSING"}};
        Collector collector(Json{{"providers", {keyed, plainProvider("free")}}});
        VirtualWorld world;
        world.answer(200, R"({"name":"Jane"})");
        CPPUNIT_ASSERT_EQUAL(std::string("free"),
                             collector.collect(world, janeDoe(), kMore).output().at("provider").get<std::string>());
    }

    void testCompaniesNeedAnOperation() {
        Json input = janeDoe();
        input["linkedin"] = {{"kind", "company"}, {"id", "acme"}, {"id_type", "vanity"}};
        Collector without(options());
        VirtualWorld world;
        CPPUNIT_ASSERT_EQUAL(std::string("skipped not_a_person_profile"), status(without.collect(world, input, kMore)));
        Json provider = plainProvider("one");
        provider["operations"]["company"] = provider["operations"]["person"];
        Collector with(Json{{"providers", Json::array({provider})}});
        world.answer(200, R"({"name":"Acme"})");
        CPPUNIT_ASSERT_EQUAL(std::string("success "), status(with.collect(world, input, kMore)));
        // The cache tells a company from a person of the same id.
        world.answer(200, R"({"name":"Jane"})");
        input["linkedin"]["kind"] = "person";
        CPPUNIT_ASSERT(!with.collect(world, input, kMore).output().at("cached").get<bool>());
    }

    void testOptedOut() {
        Collector collector(options({{"opt_out_persons", {kit::sha256("jane-doe")}}}));
        VirtualWorld world;
        Json input = janeDoe();
        input["linkedin"]["id"] = "Jane-Doe";
        CPPUNIT_ASSERT_EQUAL(std::string("skipped opted_out"), status(collector.collect(world, input, kMore)));
        CPPUNIT_ASSERT(world.requests.empty());
    }

    void testFinalProblemsAreValues() {
        Collector collector(options());
        VirtualWorld world;
        world.answer(404);
        const auto outcome = collector.collect(world, janeDoe(), kMore);
        CPPUNIT_ASSERT_EQUAL(std::string("error profile_not_found"), status(outcome));
        CPPUNIT_ASSERT(!outcome.output().at("error").get<std::string>().empty() &&
                       !outcome.output().at("retryable").get<bool>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, outcome.output().at("attempts").size());
    }

    void testPassingProblemsAreErrorsUntilTheLastAttempt() {
        Collector collector(options());
        VirtualWorld world;
        world.answer(429, "", {{"retry-after", "300"}});
        const auto first = collector.collect(world, janeDoe(), kMore);
        CPPUNIT_ASSERT(first.outcomeClass() == Class::RateLimited && first.retryAfter() == Duration(300s));
        CPPUNIT_ASSERT_EQUAL(std::string("rate_limited"), first.code());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, first.details().at("attempts").size());
        const auto last = collector.collect(world, janeDoe(), kLast);
        CPPUNIT_ASSERT_EQUAL(std::string("error rate_limited"), status(last));
        CPPUNIT_ASSERT(last.output().at("retryable").get<bool>());
        Collector other(options());
        CPPUNIT_ASSERT(other.collect(world, janeDoe(), kMore).outcomeClass() == Class::Upstream);
    }

    void testNameMismatchKeepsTheData() {
        Collector collector(options());
        VirtualWorld world;
        world.answer(200, R"({"name":"John Smith"})");
        const Json out = collector.collect(world, janeDoe(), kMore).output();
        CPPUNIT_ASSERT_EQUAL(std::string("name_mismatch"), out.at("warnings").at(0).at("code").get<std::string>());
        CPPUNIT_ASSERT(out.contains("analysis") && out.at("status") == "success");
    }

    void testRawData() {
        VirtualWorld world;
        world.answer(200, R"({"name":"Jane","people_also_viewed":[1]})");
        CPPUNIT_ASSERT(Collector(options({{"drop_third_party", false}}))
                           .collect(world, janeDoe(), kMore)
                           .output()
                           .at("raw_data")
                           .contains("people_also_viewed"));
        world.answer(200, R"({"name":"Jane"})");
        CPPUNIT_ASSERT(
            !Collector(options({{"store_raw", false}})).collect(world, janeDoe(), kMore).output().contains("raw_data"));
        world.answer(200, Json{{"name", "Jane"}, {"about", std::string(256 << 10, 'x')}}.dump());
        const Json large = Collector(options()).collect(world, janeDoe(), kMore).output();
        CPPUNIT_ASSERT(!large.contains("raw_data"));
        CPPUNIT_ASSERT_EQUAL(std::string("raw_dropped"), large.at("warnings").at(0).at("code").get<std::string>());
    }

    void testSecretsNeverComeBack() {
        Json provider = plainProvider("one");
        provider["secrets"] = {{"key", "ONE_KEY"}};
        provider["operations"]["person"]["request"]["query"] = {{"key", "{{secret.key}}"}};
        Collector collector(Json{{"providers", Json::array({provider})}});
        VirtualWorld world;
        world.secrets = {{"ONE_KEY", "topsecret"}};
        world.answer(200, R"({"name":"Jane","request":"/p?key=topsecret"})");
        const Json out = collector.collect(world, janeDoe(), kMore).output();
        CPPUNIT_ASSERT_EQUAL(std::string("/p?key=***"), out.at("raw_data").at("request").get<std::string>());
        for (const auto& line : world.logs)
            CPPUNIT_ASSERT(line.find("topsecret") == std::string::npos && line.find("jane") == std::string::npos);
        CPPUNIT_ASSERT(!world.logs.empty());
    }

    void testCache() {
        Collector collector(options({{"cache_ttl_s", 100}}));
        VirtualWorld world;
        world.answer(200, R"({"name":"Jane"})");
        const Json first = collector.collect(world, janeDoe(), kMore).output();
        Json upper = janeDoe();
        upper["linkedin"]["id"] = "JANE-DOE";
        world.pass(99s);
        const Json second = collector.collect(world, upper, kMore).output();
        CPPUNIT_ASSERT(second.at("cached").get<bool>() && second.at("attempts").empty());
        CPPUNIT_ASSERT(first.at("analysis") == second.at("analysis") && first.at("raw_data") == second.at("raw_data"));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-03-04T00:01:39.000000Z"), second.at("timestamp").get<std::string>());
        world.pass(1s);
        world.answer(200, R"({"name":"Jane D"})");
        CPPUNIT_ASSERT(!collector.collect(world, janeDoe(), kMore).output().at("cached").get<bool>());

        Collector off(options({{"cache_ttl_s", 0}}));
        for (int i = 0; i < 2; ++i) {
            world.answer(200, R"({"name":"Jane"})");
            CPPUNIT_ASSERT(!off.collect(world, janeDoe(), kMore).output().at("cached").get<bool>());
        }
    }

    void testCancelled() {
        Collector collector(options());
        VirtualWorld world;
        world.cancelAtRequest = 1;
        CPPUNIT_ASSERT(collector.collect(world, janeDoe(), kLast).outcomeClass() == Class::Cancelled);
    }

    void testWrongInputIsAValue() {
        Json odd = janeDoe();
        odd["linkedin"]["kind"] = "robot";
        for (const Json& input : {Json::object(), Json::array(), Json("x"), odd}) {
            Collector collector(options());
            VirtualWorld world;
            CPPUNIT_ASSERT_EQUAL(std::string("error invalid_input"), status(collector.collect(world, input, kMore)));
        }
    }

    void testHealth() {
        Collector collector(Json::object());
        VirtualWorld world;
        CPPUNIT_ASSERT(collector.health(world.now()).status == HealthStatus::Healthy);
        (void)collector.collect(world, janeDoe(), kMore);
        CPPUNIT_ASSERT(collector.health(world.now()).status == HealthStatus::Limited);
        world.secrets = {{"SCRAPINGDOG_API_KEY", "dog"}};
        world.answer(401);
        (void)collector.collect(world, janeDoe(), kMore);
        CPPUNIT_ASSERT(collector.health(world.now()).status == HealthStatus::Unhealthy);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"scrapingdog":"auth"})"), collector.health(world.now()).details.dump());
        CPPUNIT_ASSERT(collector.health(world.now() + 16min).status == HealthStatus::Healthy);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CollectorTest);
