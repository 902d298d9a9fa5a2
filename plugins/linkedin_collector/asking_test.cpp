#include "linkedin_collector/asking.h"

#include <cppunit/extensions/HelperMacros.h>

#include "linkedin_collector/virtual_world.h"

using namespace stepd;
using namespace stepd::linkedin;
using namespace std::chrono_literals;

/// Tries, waits, polls, failover and the states of providers, in virtual time.
class AskingTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AskingTest);
    CPPUNIT_TEST(testUpstreamIsTriedThreeTimes);
    CPPUNIT_TEST(testBackoffIsJittered);
    CPPUNIT_TEST(testNextProviderTakesOver);
    CPPUNIT_TEST(testFinalAnswers);
    CPPUNIT_TEST(testMalformedIsTriedOnceMore);
    CPPUNIT_TEST(testRateLimitIsWaitedForIfShort);
    CPPUNIT_TEST(testLongRateLimitIsHandedOn);
    CPPUNIT_TEST(testPollsWhileNotReady);
    CPPUNIT_TEST(testPollingEndsAtItsLimit);
    CPPUNIT_TEST(testAuthDisablesTheProvider);
    CPPUNIT_TEST(testQuota);
    CPPUNIT_TEST(testUpstreamElsewhereKeepsTheDoorOpen);
    CPPUNIT_TEST(testCircuitOpensAfterFiveFailures);
    CPPUNIT_TEST(testNothingRemainingDelaysTheNextCall);
    CPPUNIT_TEST(testLeastInterval);
    CPPUNIT_TEST(testBudgetBoundsEverything);
    CPPUNIT_TEST(testDeadlineBoundsEverything);
    CPPUNIT_TEST(testCancelDuringAWaitAndDuringARequest);
    CPPUNIT_TEST(testRequestsAreBuiltByPlace);
    CPPUNIT_TEST(testLineBreaksNeverReachAHeader);
    CPPUNIT_TEST_SUITE_END();

    struct Fixture {
        explicit Fixture(const Json& providers = Json::array({plainProvider("one")}), Json more = Json::object())
            : settings([&] { return more["providers"] = providers, more; }()) {
            for (std::size_t i = 0; i < settings.providers.size(); ++i)
                states.push_back(std::make_unique<ProviderState>());
        }
        Answer ask() {
            std::vector<Candidate> candidates;
            for (std::size_t i = 0; i < settings.providers.size(); ++i) {
                const Provider& provider = settings.providers[i];
                candidates.push_back({&provider, &provider.operations.begin()->second, states[i].get(), {}});
                for (const auto& [name, granted] : provider.secrets)
                    candidates.back().secrets[name] = world.secrets[granted];
            }
            world.requests.clear(), world.waits.clear();
            return linkedin::ask(world, settings, candidates, Subject::of(input).value());
        }
        void good() { world.answer(200, R"({"name":"Jane Doe"})"); }

        VirtualWorld world;
        Json input = janeDoe();
        Settings settings;
        std::vector<std::unique_ptr<ProviderState>> states;
    };

    /// `found`, or kind and code.
    static std::string told(const Answer& answer) {
        switch (answer.kind) {
            case Answer::Kind::Found: return "found";
            case Answer::Kind::Failed: return "failed " + answer.code;
            case Answer::Kind::TryLater: return "later " + answer.code;
            case Answer::Kind::Cancelled: return "cancelled";
        }
        return "";
    }
    static void expect(const std::string& want, const Answer& answer) { CPPUNIT_ASSERT_EQUAL(want, told(answer)); }
    static void expectWaits(std::vector<std::int64_t> want, const Fixture& f) {
        CPPUNIT_ASSERT_EQUAL(Json(want).dump(), Json(f.world.waits).dump());
    }

    void testUpstreamIsTriedThreeTimes() {
        Fixture f;
        f.world.answer(500), f.world.fail("timeout"), f.good();
        expect("found", f.ask());
        expectWaits({1000, 2000}, f);
        f.world.answer(500), f.world.answer(502), f.world.fail("connect_failed"), f.good();
        const Answer answer = f.ask();
        expect("later upstream_error", answer);
        CPPUNIT_ASSERT(answer.errorClass == Class::Upstream);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, f.world.requests.size());
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"provider":"one","outcome":"upstream","http_status":500,"duration_ms":0})"),
            answer.attempts.at(0).dump());
        CPPUNIT_ASSERT(answer.attempts.at(2).at("http_status").is_null());
    }

    void testBackoffIsJittered() {
        for (const auto& [jitter, first, second] : {std::tuple{0.0, 750, 1500}, {1.0, 1250, 2500}}) {
            Fixture f;
            f.world.jitter = jitter;
            f.world.answer(500), f.world.answer(500), f.good();
            expect("found", f.ask());
            expectWaits({first, second}, f);
        }
    }

    void testNextProviderTakesOver() {
        for (const int status : {404, 401, 402}) {
            Fixture f(Json::array({plainProvider("one"), plainProvider("two")}));
            f.world.answer(status, R"({"x":1})"), f.good();
            const Answer answer = f.ask();
            expect("found", answer);
            CPPUNIT_ASSERT_EQUAL(std::string("two"), answer.provider);
            CPPUNIT_ASSERT_EQUAL(std::string("https://two.example.com/p/jane-doe"), f.world.requests.back().url);
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, answer.attempts.size());
        }
        Fixture f(Json::array({plainProvider("one"), plainProvider("two")}));
        for (int i = 0; i < 3; ++i) f.world.answer(503);
        f.good();
        expect("found", f.ask());
        f.world.answer(200, "<html>"), f.world.answer(200, "<html>"), f.good();
        expect("found", f.ask());
    }

    void testFinalAnswers() {
        const struct {
            int status;
            const char* body;
            const char* want;
        } rows[] = {{404, "", "failed profile_not_found"},    {204, "", "failed profile_not_found"},
                    {200, "[]", "failed profile_not_found"},  {400, "", "failed provider_bad_request"},
                    {422, "", "failed provider_bad_request"}, {401, "", "failed provider_auth"},
                    {302, "", "failed provider_config"},      {402, "", "failed quota_exhausted"}};
        for (const auto& row : rows) {
            Fixture f;
            f.world.answer(row.status, row.body);
            expect(row.want, f.ask());
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.world.requests.size());
        }
        Fixture f;
        f.world.fail("tls_invalid");
        expect("failed provider_config", f.ask());
        Json provider = plainProvider("one");
        provider["operations"]["person"]["outcomes"] = Json::array({{{"status", 451}, {"class", "private"}}});
        Fixture closed(Json::array({provider, plainProvider("two")}));
        closed.world.answer(451);
        expect("failed profile_private", closed.ask());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, closed.world.requests.size());
    }

    void testMalformedIsTriedOnceMore() {
        Fixture f;
        f.world.answer(200, "<html>"), f.good();
        expect("found", f.ask());
        f.world.answer(200, R"({"other":1})"), f.world.answer(200, "<html>"), f.good();
        expect("failed malformed_response", f.ask());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, f.world.requests.size());
    }

    void testRateLimitIsWaitedForIfShort() {
        Fixture f;
        f.world.answer(429, "", {{"retry-after", "60"}}), f.world.answer(429), f.world.answer(429), f.good();
        expect("found", f.ask());
        expectWaits({60000, 2000, 4000}, f);
    }

    void testLongRateLimitIsHandedOn() {
        Fixture f(Json::array({plainProvider("one"), plainProvider("two")}));
        f.world.answer(429, "", {{"retry-after", "61"}});
        const Answer answer = f.ask();
        expect("later rate_limited", answer);
        CPPUNIT_ASSERT(answer.errorClass == Class::RateLimited && answer.wait == Duration(61s));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.world.requests.size());
        expectWaits({}, f);
    }

    void testPollsWhileNotReady() {
        Json provider = plainProvider("one");
        provider["operations"]["person"]["outcomes"] =
            Json::array({{{"status", 202}, {"class", "not_ready"}, {"delay_ms", 30000}}});
        Fixture f(Json::array({provider}));
        f.world.answer(202), f.world.answer(202), f.world.answer(202, "", {{"retry-after", "50"}}), f.good();
        expect("found", f.ask());
        expectWaits({30000, 45000, 60000}, f);  // times 1.5, a minute at most
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, f.world.requests.size());

        Fixture hinted;
        hinted.world.answer(202, "", {{"retry-after", "80"}}), hinted.good();
        expect("found", hinted.ask());
        expectWaits({80000}, hinted);
    }

    void testPollingEndsAtItsLimit() {
        Fixture f;  // 180 s at most, from 10 s on: 10 15 22.5 33.75 50.625 = 131.875, the next would be 60
        for (int i = 0; i < 9; ++i) f.world.answer(202);
        const Answer answer = f.ask();
        expect("later not_ready_timeout", answer);
        CPPUNIT_ASSERT(answer.errorClass == Class::Transient && answer.wait == Duration(60s));
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, f.world.requests.size());
        Json provider = plainProvider("one");
        provider["operations"]["person"].erase("poll");
        Fixture once(Json::array({provider}));
        once.world.answer(202);
        expect("later not_ready_timeout", once.ask());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, once.world.requests.size());
    }

    void testAuthDisablesTheProvider() {
        Fixture f;
        f.world.answer(401);
        expect("failed provider_auth", f.ask());
        f.world.pass(899s), f.good();
        expect("failed provider_auth", f.ask());
        CPPUNIT_ASSERT(f.world.requests.empty());
        f.world.pass(2s);
        expect("found", f.ask());
    }

    void testQuota() {
        Fixture f;
        f.world.answer(402, "", {{"x-ratelimit-reset", "600"}});
        const Answer answer = f.ask();
        expect("later quota_exhausted", answer);
        CPPUNIT_ASSERT(answer.errorClass == Class::RateLimited && answer.wait == Duration(600s));
        f.world.pass(599s);
        expect("later quota_exhausted", f.ask());
        CPPUNIT_ASSERT(f.world.requests.empty());
        f.world.pass(2s), f.good();
        expect("found", f.ask());

        f.world.answer(402, "", {{"x-ratelimit-reset", "7200"}});
        expect("failed quota_exhausted", f.ask());  // more than 15 minutes: no attempt will see it
        Fixture unknown;
        unknown.world.answer(402);
        expect("failed quota_exhausted", unknown.ask());
        unknown.world.pass(59min), unknown.good();
        CPPUNIT_ASSERT(unknown.ask().kind != Answer::Kind::Found);
        unknown.world.pass(2min);
        expect("found", unknown.ask());
    }

    void testUpstreamElsewhereKeepsTheDoorOpen() {
        Fixture f(Json::array({plainProvider("one"), plainProvider("two")}));
        for (int i = 0; i < 3; ++i) f.world.answer(500);
        f.world.answer(401);
        expect("later upstream_error", f.ask());
        Fixture known(Json::array({plainProvider("one"), plainProvider("two")}));
        for (int i = 0; i < 3; ++i) known.world.answer(500);
        known.world.answer(404);
        expect("failed profile_not_found", known.ask());
    }

    void testCircuitOpensAfterFiveFailures() {
        Fixture f;
        for (int i = 0; i < 5; ++i) f.world.answer(500);
        expect("later upstream_error", f.ask());
        const Answer second = f.ask();  // two more requests, then the circuit is open
        expect("later upstream_error", second);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, f.world.requests.size());
        CPPUNIT_ASSERT_EQUAL(std::string("circuit_open"), second.attempts.back().at("outcome").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, (f.ask(), f.world.requests.size()));
        f.world.pass(60s), f.world.answer(500), f.good();
        expect("later upstream_error", f.ask());  // half open: one failure opens it again
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, f.world.requests.size());
        f.world.pass(60s);
        expect("found", f.ask());
        f.world.answer(500), f.good();
        expect("found", f.ask());  // closed: a failure counts from one again
    }

    void testNothingRemainingDelaysTheNextCall() {
        Fixture f;
        f.world.answer(200, R"({"name":"J"})", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "30"}}), f.good();
        expect("found", f.ask());
        f.world.pass(10s);
        expect("found", f.ask());
        expectWaits({20000}, f);
        f.world.answer(200, R"({"name":"J"})", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "300"}});
        expect("found", f.ask());
        const Answer answer = f.ask();
        expect("later rate_limited", answer);
        CPPUNIT_ASSERT(answer.wait == Duration(300s) && f.world.requests.empty());
    }

    void testLeastInterval() {
        Json provider = plainProvider("one");
        provider["min_interval_ms"] = 1500;
        Fixture f(Json::array({provider}));
        f.good(), f.good();
        f.ask();
        f.world.pass(500ms);
        expect("found", f.ask());
        expectWaits({1000}, f);
    }

    void testBudgetBoundsEverything() {
        Fixture f(Json::array({plainProvider("one")}), {{"total_budget_ms", 30000}});
        f.world.answer(429, "", {{"retry-after", "40"}}), f.good();
        expect("later rate_limited", f.ask());  // 40 s would be short enough but for the budget
        expectWaits({}, f);
        Fixture slow(Json::array({plainProvider("one"), plainProvider("two")}), {{"total_budget_ms", 30000}});
        slow.world.script.push_back({.failure = "timeout", .elapsed = 29500ms});
        const Answer answer = slow.ask();
        expect("later budget_exhausted", answer);
        CPPUNIT_ASSERT(answer.errorClass == Class::Timeout);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, slow.world.requests.size());
        CPPUNIT_ASSERT(slow.world.requests[0].options.timeout == Duration(30s));
    }

    void testDeadlineBoundsEverything() {
        Fixture f;
        f.world.deadline = f.world.time + 7s;
        f.good();
        expect("found", f.ask());
        CPPUNIT_ASSERT(f.world.requests[0].options.timeout == Duration(5s));
        f.world.pass(5s);
        expect("later budget_exhausted", f.ask());
        CPPUNIT_ASSERT(f.world.requests.empty());
    }

    void testCancelDuringAWaitAndDuringARequest() {
        Fixture f;
        f.world.answer(500);
        f.world.cancelAtWait = 1;
        expect("cancelled", f.ask());
        Fixture g;
        g.world.cancelAtRequest = 1;
        expect("cancelled", g.ask());
        expect("cancelled", g.ask());  // without a request
        CPPUNIT_ASSERT(g.world.requests.empty());
    }

    void testRequestsAreBuiltByPlace() {
        Json provider = plainProvider("one");
        provider["secrets"] = {{"key", "ONE_KEY"}};
        provider["operations"]["person"]["request"] = {
            {"method", "POST"},
            {"url", "https://one.example.com/{{kind}}/{{id}}"},
            {"query",
             {{"key", "{{secret.key}}"},
              {"none", "{{secret.none}}"},
              {"page", "linkedin.com/in/{{id_lower}}"},
              {"a b", "1"}}},
            {"headers", {{"X-Api-Key", "{{secret.key}}"}}},
            {"body", R"([{"url":"{{url}}","name":"{{first_name}} {{last_name}}"}])"}};
        provider["secrets"]["none"] = "NONE";
        Fixture f(Json::array({provider}));
        f.world.secrets = {{"ONE_KEY", "s3cr&t/key"}, {"NONE", ""}};
        f.input["linkedin"]["id"] = "Jürgen";
        f.input["input_data"]["first_name"] = "J\"ürgen";
        f.good();
        expect("found", f.ask());
        const HttpRequest& request = f.world.requests.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("POST"), request.method);
        CPPUNIT_ASSERT_EQUAL(std::string("https://one.example.com/person/"
                                         "J%C3%BCrgen?key=s3cr%26t%2Fkey&page=linkedin.com%2Fin%2Fj%C3%BCrgen&a%20b=1"),
                             request.url);
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"([{"url":"https://www.linkedin.com/in/J%C3%BCrgen","name":"J\"ürgen Doe"}])"), request.body);
        CPPUNIT_ASSERT((request.options.headers ==
                        HttpHeaders{{"X-Api-Key", "s3cr&t/key"}, {"Content-Type", "application/json"}}));
        CPPUNIT_ASSERT_EQUAL(0, request.options.maxRedirects);
        CPPUNIT_ASSERT(request.options.maxBodyBytes == 4194304 && request.options.timeout == Duration(30s));
    }

    void testLineBreaksNeverReachAHeader() {
        Json provider = plainProvider("one");
        provider["operations"]["person"]["request"]["headers"] = {{"X-Name", "{{first_name}}"}};
        Fixture f(Json::array({provider}));
        f.input["input_data"]["first_name"] = "Jane\r\nX-Evil: 1";
        expect("failed provider_config", f.ask());
        CPPUNIT_ASSERT(f.world.requests.empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AskingTest);
