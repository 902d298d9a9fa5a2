#include <stepd/testing/harness.h>

#include <cppunit/extensions/HelperMacros.h>

#include <iterator>
#include <thread>

using namespace std::chrono_literals;
using stepd::Class;
using stepd::Json;

namespace {

/// Does what its input says.
class Puppet final : public stepd::Step {
public:
    static constexpr stepd::Manifest manifest{"puppet", "1.0.0", "does what its input says"};
    explicit Puppet(const Json& options) : pages_(options.value("pages", 1)) {
        if (pages_ < 0) throw stepd::InvalidConfig("bad_pages", "pages must not be negative");
    }

    stepd::Outcome run(stepd::Context& ctx) override {
        const std::string todo = ctx.input().value("do", "");
        if (todo == "throw") throw std::runtime_error("leaked");
        if (todo == "skip") return stepd::skip("nothing", "nothing to do");
        if (todo == "wait") return ctx.waitCancelled(1h) ? stepd::cancelled() : stepd::done({});
        if (todo == "limit") return stepd::rateLimited("slow_down", "later", 3s).resumeToken("page 4");
        if (todo == "many") return many(ctx);
        if (todo == "tell") {
            ctx.warn("careful");
            ctx.progress(0.25, "a quarter");
            return stepd::done({{"attempt", ctx.attempt()},
                                {"last", ctx.lastAttempt()},
                                {"token", ctx.resumeToken()},
                                {"previous", ctx.previousError()},
                                {"key", ctx.secret("key").value_or("none")},
                                {"now", ctx.now().time_since_epoch() / 1s},
                                {"pages", pages_}});
        }
        return stepd::done(ctx.input());
    }

    stepd::Health health() override { return {stepd::HealthStatus::Limited, "one page", {{"pages", pages_}}}; }

private:
    static stepd::Outcome many(stepd::Context& ctx) {
        Json out = Json::array();
        for (const auto& reply : ctx.http().fetchAll({{.url = "u:1"}, {.url = "u:2"}, {.url = "u:3"}}, 2))
            out.push_back(reply.failed() ? reply.failure
                                         : std::to_string(reply.status) + reply.header("X-Name").value_or(""));
        return stepd::done(out);
    }
    const int pages_;
};

struct Inner {
    std::string name;
    std::vector<double> values;
};
struct Outer {
    Inner inner;
    std::uint8_t small = 3;
    std::optional<bool> flag;
    std::map<std::string, std::int64_t> counts;
    Json anything;
};
STEPD_REFLECT(Inner, name, values)
STEPD_REFLECT(Outer, inner, small, flag, counts, anything)

class Mirror final : public stepd::TypedStep<Outer, Outer> {
public:
    static constexpr stepd::Manifest manifest{"mirror", "1.0.0", "returns its input"};
    explicit Mirror(const Json&) {}
    Answer execute(const Outer& input, stepd::Context&) override {
        if (input.inner.name == "nobody") return stepd::notFound("nobody", "there is nobody");
        return input;
    }
};

}  // namespace

STEPD_EXPORT_PLUGIN("puppets", "1.0.0", Puppet, Mirror)

extern "C" const std::uint64_t stepd_test_c_sizes[8];

/// The harness and the C++ layer, through the exported C functions.
class HarnessTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HarnessTest);
    CPPUNIT_TEST(testOutcomesKeepAllTheirParts);
    CPPUNIT_TEST(testStepSeesWhatTheTestSets);
    CPPUNIT_TEST(testWrongOptions);
    CPPUNIT_TEST(testScriptedHttp);
    CPPUNIT_TEST(testCancel);
    CPPUNIT_TEST(testTimePassesInWaitsAndReplies);
    CPPUNIT_TEST(testDeadlineInVirtualTime);
    CPPUNIT_TEST(testCancelAtAMoment);
    CPPUNIT_TEST(testExpectationsTellAll);
    CPPUNIT_TEST(testHealth);
    CPPUNIT_TEST(testTypedStepRoundTrip);
    CPPUNIT_TEST(testTypedStepNamesEveryFinding);
    CPPUNIT_TEST(testSchemas);
    CPPUNIT_TEST(testCompilersAgreeOnTheLayout);
    CPPUNIT_TEST_SUITE_END();

    void testOutcomesKeepAllTheirParts() {
        stepd::testing::Harness<Puppet> puppet;
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"z":1,"a":2})"), puppet.runText(R"({"z": 1, "a": 2})").output().dump());
        const auto limited = puppet.run({{"do", "limit"}});
        CPPUNIT_ASSERT(limited.outcomeClass() == Class::RateLimited && limited.retryAfter() == 3s);
        CPPUNIT_ASSERT_EQUAL(std::string("slow_down"), limited.code());
        CPPUNIT_ASSERT_EQUAL(std::string("page 4"), puppet.resumeToken);
        const auto skipped = puppet.run({{"do", "skip"}});
        CPPUNIT_ASSERT(skipped.outcomeClass() == Class::Skipped && !skipped.retryAfter());
        const auto leaked = puppet.run({{"do", "throw"}});
        CPPUNIT_ASSERT(leaked.outcomeClass() == Class::Bug);
        CPPUNIT_ASSERT_EQUAL(std::string("leaked"), leaked.message());
        CPPUNIT_ASSERT(puppet.runText("{").outcomeClass() == Class::InvalidInput);
        CPPUNIT_ASSERT(puppet.runText("[]").outcomeClass() == Class::Bug);  // value() of an array throws
    }

    void testStepSeesWhatTheTestSets() {
        stepd::testing::Harness<Puppet> puppet({{"pages", 9}});
        puppet.attempt = 4;
        puppet.attemptsLeft = 0;
        puppet.resumeToken = "page 2";
        puppet.previousError = {{"class", "upstream"}};
        puppet.secrets["key"] = "k";
        puppet.now = std::chrono::system_clock::time_point(77s);
        const auto outcome = puppet.run({{"do", "tell"}});
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"attempt":4,"last":true,"token":"page 2","previous":{"class":"upstream"},"key":"k","now":77,"pages":9})"),
            outcome.output().dump());
        CPPUNIT_ASSERT_EQUAL(std::string("careful"), puppet.logs.at(0).text);
        CPPUNIT_ASSERT_EQUAL(0.25, puppet.notes.at(0).fraction);
    }

    void testWrongOptions() {
        stepd::testing::Harness<Puppet> negative({{"pages", -1}}), text({{"pages", "x"}});
        const auto outcome = negative.run({});
        CPPUNIT_ASSERT(outcome.outcomeClass() == Class::InvalidConfig);
        CPPUNIT_ASSERT_EQUAL(std::string("bad_pages"), outcome.code());
        CPPUNIT_ASSERT(text.run({}).outcomeClass() == Class::InvalidConfig);
        CPPUNIT_ASSERT_THROW(stepd::testing::StepHarness("nobody", {}), std::invalid_argument);
    }

    void testScriptedHttp() {
        stepd::testing::Harness<Puppet> puppet;
        puppet.http.reply("u:1", {.status = 503});
        puppet.http.reply("u:1", {.status = 200, .headers = {{"x-name", "!"}}});
        puppet.http.reply([](const stepd::HttpRequest& request) {
            return request.url == "u:2" ? stepd::HttpReply{.failure = "timeout"} : stepd::HttpReply{.status = 204};
        });
        CPPUNIT_ASSERT_EQUAL(std::string(R"(["503","timeout","204"])"), puppet.run({{"do", "many"}}).output().dump());
        CPPUNIT_ASSERT_EQUAL(std::string(R"(["200!","timeout","204"])"), puppet.run({{"do", "many"}}).output().dump());
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, puppet.http.requests().size());
        const stepd::HttpReply wait{.status = 429, .headers = {{"Retry-After", "120"}}};
        CPPUNIT_ASSERT(wait.retryAfter() == 120s);
        const stepd::HttpReply soon{.headers = {{"retry-after", "soon"}}};
        CPPUNIT_ASSERT(!soon.retryAfter());
    }

    void testCancel() {
        stepd::testing::Harness<Puppet> puppet;
        std::thread other([&] { puppet.cancel(); });
        CPPUNIT_ASSERT(puppet.run({{"do", "wait"}}).outcomeClass() == Class::Cancelled);
        other.join();
        CPPUNIT_ASSERT_EQUAL(std::string(R"(["cancelled","cancelled","cancelled"])"),
                             puppet.run({{"do", "many"}}).output().dump());
    }

    void testTimePassesInWaitsAndReplies() {
        stepd::testing::Harness<Puppet> puppet;
        puppet.timeout = 2h;
        const auto start = puppet.now;
        CPPUNIT_ASSERT(puppet.run({{"do", "wait"}}).ok());
        CPPUNIT_ASSERT(puppet.now == start + 1h);
        puppet.http.reply("u:1", {.status = 200, .elapsed = 3s});
        puppet.http.reply("u:2", {.status = 200, .elapsed = 30s});  // its request waits for 20 s
        puppet.http.reply("u:3", {.status = 200});
        CPPUNIT_ASSERT_EQUAL(std::string(R"(["200","timeout","200"])"), puppet.run({{"do", "many"}}).output().dump());
        CPPUNIT_ASSERT(puppet.now == start + 1h + 20s);
    }

    void testDeadlineInVirtualTime() {
        stepd::testing::Harness<Puppet> puppet;
        puppet.timeout = 10s;
        const auto start = puppet.now;
        CPPUNIT_ASSERT(puppet.run({{"do", "wait"}}).outcomeClass() == Class::Cancelled);
        CPPUNIT_ASSERT(puppet.now == start + 10s);
        puppet.timeout = 2h;  // the next run has its own time
        CPPUNIT_ASSERT(puppet.run({{"do", "wait"}}).ok());
    }

    void testCancelAtAMoment() {
        stepd::testing::Harness<Puppet> puppet;
        puppet.timeout = 2h;
        puppet.cancelAfter(7s);
        const auto start = puppet.now;
        CPPUNIT_ASSERT(puppet.run({{"do", "wait"}}).outcomeClass() == Class::Cancelled);
        CPPUNIT_ASSERT(puppet.now == start + 7s);
        puppet.http.reply([](const stepd::HttpRequest&) { return stepd::HttpReply{.status = 200, .elapsed = 8s}; });
        CPPUNIT_ASSERT_EQUAL(std::string(R"(["cancelled","cancelled","cancelled"])"),
                             puppet.run({{"do", "many"}}).output().dump());
    }

    static std::string saidBy(const std::function<void()>& test) {
        try {
            test();
        } catch (const stepd::testing::Unexpected& e) {
            return e.what();
        }
        return {};
    }

    void testExpectationsTellAll() {
        stepd::testing::Harness<Puppet> puppet;
        CPPUNIT_ASSERT_EQUAL(std::string("the step should be done, but ended as skipped nothing: nothing to do\n"
                                         "  input    {\"do\":\"skip\"}"),
                             saidBy([&] {
                                 (void)puppet.expectDone({{"do", "skip"}});
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("the step asked for what the test has no http.reply(url, ...) to\n"
                                         "  input    {\"do\":\"many\"}\n  request  GET u:1 -> not_scripted\n"
                                         "  request  GET u:2 -> not_scripted\n  request  GET u:3 -> not_scripted"),
                             saidBy([&] {
                                 (void)puppet.expectDone({{"do", "many"}});
                             }));
        const std::string failure = saidBy([&] {
            (void)puppet.expectFailure({{"do", "limit"}}, Class::RateLimited, "hurry");
        });
        CPPUNIT_ASSERT(
            failure.starts_with("the step should end as rate_limited hurry, but ended as rate_limited slow_down"));
        CPPUNIT_ASSERT_EQUAL(std::string(), saidBy([&] {
                                 (void)puppet.expectFailure({{"do", "limit"}}, Class::RateLimited);
                             }));
        CPPUNIT_ASSERT_EQUAL(std::string("got 1, wanted 2"), saidBy([] { stepd::testing::equal(1, 2); }));
    }

    void testHealth() {
        stepd::testing::Harness<Puppet> puppet({{"pages", 2}});
        const auto health = puppet.health();
        CPPUNIT_ASSERT(health.status == stepd::HealthStatus::Limited);
        CPPUNIT_ASSERT_EQUAL(std::string("one page"), health.message);
        CPPUNIT_ASSERT_EQUAL(2, health.details["pages"].get<int>());
        stepd::testing::Harness<Mirror> mirror;
        CPPUNIT_ASSERT(mirror.health().status == stepd::HealthStatus::Healthy);
    }

    void testTypedStepRoundTrip() {
        stepd::testing::Harness<Mirror> mirror;
        const Json input = Json::parse(
            R"({"inner":{"name":"a","values":[1.5,2.0]},"small":255,"flag":true,"counts":{"x":-1},"anything":[{}]})");
        CPPUNIT_ASSERT_EQUAL(input.dump(), mirror.run(input).output().dump());
        CPPUNIT_ASSERT(mirror.run(Json::parse(R"({"inner":{"name":"nobody","values":[]},"counts":{},"anything":0})"))
                           .outcomeClass() == Class::NotFound);
    }

    void testTypedStepNamesEveryFinding() {
        stepd::testing::Harness<Mirror> mirror;
        const auto refused = mirror.run(Json::parse(
            R"({"inner":{"values":[1,"x"]},"small":256,"flag":"yes","counts":{"a":1.5},"anything":1,"more":1})"));
        CPPUNIT_ASSERT(refused.outcomeClass() == Class::InvalidInput);
        std::string all;
        for (const auto& finding : refused.details()["findings"])
            all += finding["path"].get<std::string>() + " " + finding["message"].get<std::string>() + "\n";
        CPPUNIT_ASSERT_EQUAL(
            std::string("/inner/name is missing\n/inner/values/1 must be a number\n/small is out of range\n"
                        "/flag must be true or false\n/counts/a must be a whole number\n"),
            all);
    }

    void testSchemas() {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"type":"object","properties":{"inner":{"type":"object","properties":{"name":{"type":"string"},)"
                R"("values":{"type":"array","items":{"type":"number"}}},"required":["name","values"]},)"
                R"("small":{"type":"integer","minimum":0,"default":3},)"
                R"("flag":{"anyOf":[{"type":"boolean"},{"type":"null"}]},)"
                R"("counts":{"type":"object","additionalProperties":{"type":"integer"}},"anything":{}},)"
                R"("required":["inner","counts","anything"]})"),
            stepd::schemaOf<Outer>().dump());
    }

    void testCompilersAgreeOnTheLayout() {
        const std::uint64_t sizes[] = {
            sizeof(stepd_str),     sizeof(stepd_error_v1), sizeof(stepd_http_request_v1), sizeof(stepd_http_reply_v1),
            sizeof(stepd_host_v1), sizeof(stepd_ctx_v1),   sizeof(stepd_step_v1),         sizeof(stepd_plugin_v1)};
        CPPUNIT_ASSERT(std::equal(std::begin(sizes), std::end(sizes), std::begin(stepd_test_c_sizes)));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HarnessTest);
