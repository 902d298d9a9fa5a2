#include <cppunit/extensions/HelperMacros.h>

#include <stepd/testing/harness.h>

using namespace stepd;
using namespace std::chrono_literals;

namespace {

constexpr const char* kUrl = "https://api.example.org/v1/things?token=hush";

testing::StepHarness stepWith(Json options) {
    if (!options.contains("url")) options["url"] = kUrl;
    return testing::StepHarness("http", std::move(options));
}

/// The outcome of a plain request that is answered so.
Outcome outcomeOf(HttpReply reply, Json options = Json::object()) {
    auto step = stepWith(std::move(options));
    step.http.reply(kUrl, std::move(reply));
    return step.run({});
}

std::string refusalOf(const Json& options) {
    testing::StepHarness step("http", options);
    const Outcome outcome = step.run({});
    CPPUNIT_ASSERT_MESSAGE(options.dump(), outcome.outcomeClass() == Class::InvalidConfig);
    CPPUNIT_ASSERT_MESSAGE("nothing is sent", step.http.requests().empty());
    return outcome.message();
}

}  // namespace

class HttpStepTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HttpStepTest);
    CPPUNIT_TEST(testGetsByDefault);
    CPPUNIT_TEST(testSendsJson);
    CPPUNIT_TEST(testSendsText);
    CPPUNIT_TEST(testIdempotencyKeyIsTheSameForAllAttempts);
    CPPUNIT_TEST(testBodyIsJsonIfTheAnswerSaysSo);
    CPPUNIT_TEST(testHeadersOfTheAnswer);
    CPPUNIT_TEST(testClassesOfStatuses);
    CPPUNIT_TEST(testClassesOfFailures);
    CPPUNIT_TEST(testRetryAfter);
    CPPUNIT_TEST(testExpectedStatuses);
    CPPUNIT_TEST(testMessagesHideWhatUrlsCarry);
    CPPUNIT_TEST(testWrongOptionsAreAllNamed);
    CPPUNIT_TEST_SUITE_END();

    void testGetsByDefault() {
        auto step = stepWith({{"timeout", "1500ms"}, {"headers", {{"Accept", "text/plain"}}}});
        step.http.reply(kUrl, {.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = "hi"});
        const Outcome outcome = step.run({{"not", "used"}});
        CPPUNIT_ASSERT(outcome.ok());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"status":200,"headers":{"content-type":"text/plain"},"body":"hi"})"),
                             outcome.output().dump());
        const HttpRequest& sent = step.http.requests().front();
        CPPUNIT_ASSERT_EQUAL(std::string("GET"), sent.method);
        CPPUNIT_ASSERT(sent.body.empty());
        CPPUNIT_ASSERT((HttpHeaders{{"Accept", "text/plain"}}) == sent.options.headers);
        CPPUNIT_ASSERT(sent.options.timeout == 1500ms);
    }

    void testSendsJson() {
        auto step = stepWith({{"json", {{"z", 1}, {"a", nullptr}}}, {"headers", {{"X-Key", "k"}}}});
        step.http.reply(kUrl, {.status = 204});
        CPPUNIT_ASSERT(step.run({}).ok());
        const HttpRequest& sent = step.http.requests().front();
        CPPUNIT_ASSERT_EQUAL(std::string("POST"), sent.method);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"z":1,"a":null})"), sent.body);
        CPPUNIT_ASSERT(
            (HttpHeaders{{"X-Key", "k"}, {"Content-Type", "application/json"}, {"Idempotency-Key", "key-1"}}) ==
            sent.options.headers);
    }

    void testSendsText() {
        auto step = stepWith(
            {{"method", "PUT"}, {"body", "a=1"}, {"headers", {{"content-type", "application/x-www-form-urlencoded"}}}});
        step.http.reply(kUrl, {.status = 200});
        CPPUNIT_ASSERT(step.run({}).ok());
        const HttpRequest& sent = step.http.requests().front();
        CPPUNIT_ASSERT_EQUAL(std::string("PUT"), sent.method);
        CPPUNIT_ASSERT_EQUAL(std::string("a=1"), sent.body);
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-www-form-urlencoded"), sent.options.headers.front().second);
    }

    void testIdempotencyKeyIsTheSameForAllAttempts() {
        auto step = stepWith({{"method", "DELETE"}});
        step.idempotencyKey = "run/step";
        step.http.reply(kUrl, {.status = 503});
        for (step.attempt = 1; step.attempt <= 2; ++step.attempt) CPPUNIT_ASSERT(!step.run({}).ok());
        for (const HttpRequest& sent : step.http.requests())
            CPPUNIT_ASSERT((HttpHeaders{{"Idempotency-Key", "run/step"}}) == sent.options.headers);
        auto own = stepWith({{"method", "POST"}, {"headers", {{"idempotency-key", "mine"}}}});
        own.http.reply(kUrl, {.status = 200});
        CPPUNIT_ASSERT(own.run({}).ok());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, own.http.requests().front().options.headers.size());
    }

    void testBodyIsJsonIfTheAnswerSaysSo() {
        const struct {
            const char* type;
            const char* body;
            const char* want;
        } rows[] = {
            {"application/json", R"({"a":[1,2.5]})", R"({"a":[1,2.5]})"},
            {"Application/JSON ; charset=utf-8", "7", "7"},
            {"application/problem+json", "null", "null"},
            {"application/json", "", "null"},
            {"text/plain", R"({"a":1})", R"("{\"a\":1}")"},
            {"application/jsonlines", "1", R"("1")"},
            {"text/html", "\xff", "\"\xEF\xBF\xBD\""},
        };
        for (const auto& row : rows) {
            const Outcome outcome =
                outcomeOf({.status = 200, .headers = {{"content-type", row.type}}, .body = row.body});
            CPPUNIT_ASSERT_MESSAGE(row.type, outcome.ok());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.type, std::string(row.want), outcome.output().at("body").dump());
        }
        const Outcome broken =
            outcomeOf({.status = 200, .headers = {{"content-type", "application/json"}}, .body = "{"});
        CPPUNIT_ASSERT(broken.outcomeClass() == Class::Upstream);
        CPPUNIT_ASSERT_EQUAL(std::string("bad_json"), broken.code());
    }

    void testHeadersOfTheAnswer() {
        const Outcome outcome = outcomeOf({.status = 200, .headers = {{"Vary", "a"}, {"ETag", "x"}, {"vary", "b"}}});
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"vary":"a, b","etag":"x"})"), outcome.output().at("headers").dump());
    }

    void testClassesOfStatuses() {
        const struct {
            int status;
            Class want;
        } rows[] = {{302, Class::Permanent},    {400, Class::Permanent}, {401, Class::Unauthorized},
                    {403, Class::Unauthorized}, {404, Class::NotFound},  {407, Class::Unauthorized},
                    {408, Class::Timeout},      {409, Class::Conflict},  {410, Class::NotFound},
                    {418, Class::Permanent},    {422, Class::Permanent}, {425, Class::Transient},
                    {429, Class::RateLimited},  {500, Class::Upstream},  {503, Class::Upstream},
                    {599, Class::Upstream},     {199, Class::Permanent}};
        for (const auto& row : rows) {
            const std::string number = std::to_string(row.status);
            const Outcome outcome = outcomeOf({.status = row.status, .body = std::string(5000, 'x')});
            CPPUNIT_ASSERT_MESSAGE(number, outcome.outcomeClass() == row.want);
            CPPUNIT_ASSERT_EQUAL("http_" + number, outcome.code());
            CPPUNIT_ASSERT_EQUAL(row.status, outcome.details().at("status").get<int>());
            CPPUNIT_ASSERT_EQUAL(std::size_t{1024}, outcome.details().at("body").get<std::string>().size());
        }
    }

    void testClassesOfFailures() {
        const struct {
            const char* failure;
            Class want;
        } rows[] = {{"timeout", Class::Timeout},          {"connect_failed", Class::Transient},
                    {"dns_failed", Class::Transient},     {"bad_answer", Class::Upstream},
                    {"dns_not_found", Class::Permanent},  {"address_not_allowed", Class::Permanent},
                    {"tls_invalid", Class::Permanent},    {"too_many_redirects", Class::Permanent},
                    {"body_too_large", Class::Permanent}, {"cancelled", Class::Cancelled},
                    {"something_new", Class::Permanent}};
        for (const auto& row : rows) {
            const Outcome outcome = outcomeOf({.failure = row.failure, .message = "why"});
            CPPUNIT_ASSERT_MESSAGE(row.failure, outcome.outcomeClass() == row.want);
            CPPUNIT_ASSERT_EQUAL(std::string(row.failure), outcome.code());
        }
    }

    void testRetryAfter() {
        // The harness has it 2026-01-02 03:04:05 UTC.
        const struct {
            int status;
            const char* header;
            std::optional<Duration> want;
        } rows[] = {
            {429, "7", 7s},
            {503, "120", 120s},
            {503, "Fri, 02 Jan 2026 03:05:05 GMT", 60s},
            {429, "Fri, 02 Jan 2026 03:00:00 GMT", 0s},
            {429, "9999999", 24h},
            {429, "soon", std::nullopt},
            {500, "", std::nullopt},
            {404, "7", std::nullopt},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_MESSAGE(
                row.header,
                outcomeOf({.status = row.status, .headers = {{"Retry-After", row.header}}}).retryAfter() == row.want);
    }

    void testExpectedStatuses() {
        CPPUNIT_ASSERT(outcomeOf({.status = 409}, {{"expect", {"200-299", 409}}}).ok());
        CPPUNIT_ASSERT(outcomeOf({.status = 404}, {{"expect", 404}}).ok());
        CPPUNIT_ASSERT(outcomeOf({.status = 200}, {{"expect", Json::array({201})}}).code() == "http_200");
        auto step = stepWith({{"expect", {"300-399"}}});
        step.http.reply(kUrl, {.status = 302, .headers = {{"location", "/there"}}});
        CPPUNIT_ASSERT(step.run({}).ok());
        CPPUNIT_ASSERT_EQUAL(0, step.http.requests().front().options.maxRedirects);
    }

    void testMessagesHideWhatUrlsCarry() {
        testing::StepHarness step("http", {{"url", "https://me:pass@api.example.org:8443/secret?token=hush"}});
        step.http.reply([](const HttpRequest&) { return HttpReply{.status = 500}; });
        CPPUNIT_ASSERT_EQUAL(std::string("GET api.example.org:8443 answered 500"), step.run({}).message());
    }

    void testWrongOptionsAreAllNamed() {
        // The options in stepd.yaml have no url; a step without one says so when it runs.
        CPPUNIT_ASSERT_EQUAL(std::string("the step has no `with.url`"),
                             testing::StepHarness("http", Json::object()).run({}).message());
        CPPUNIT_ASSERT_EQUAL(std::string("url must begin with https:// or http://"), refusalOf({{"url", "ftp://x"}}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("url must begin with https:// or http://; headers has a name that no header may have; "
                        "headers/X must be a text of one line; body and json exclude each other; "
                        "method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; "
                        "timeout must be 1ms to 1h, with its unit: 20s; "
                        "expect must be a list of statuses such as 200 or 200-299; retries is not a known option"),
            refusalOf({{"url", "https://a\nb"},
                       {"headers", {{"a b", "x"}, {"X", "a\r\nY: b"}}},
                       {"json", 1},
                       {"body", "x"},
                       {"method", "get"},
                       {"timeout", "20"},
                       {"expect", {"299-200"}},
                       {"retries", 3}}));
        for (const char* timeout : {"0s", "2h", "1d", "s", "-1s", "1.5s", "99999999999s", ""})
            CPPUNIT_ASSERT_MESSAGE(timeout, !refusalOf({{"url", kUrl}, {"timeout", timeout}}).empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HttpStepTest);
