#include "outbound/connector.h"

#include <cppunit/extensions/HelperMacros.h>
#include <zlib.h>

#include <future>

#include "base/system_clock.h"
#include "support/loopback_server.h"

using namespace stepd;
using namespace stepd::outbound;
using test::LoopbackServer;

namespace {

/// Answers each name from a script; a name may change its mind, as a rebinding attacker's does.
class ScriptedResolver final : public Resolver {
public:
    void resolve(const std::string& host, std::function<void(Resolved)> done) override {
        Resolved result;
        auto& answers = script[host];
        if (answers.empty())
            result.failure = FetchFailure::DnsNotFound;
        else
            result.addresses = answers.size() > 1 ? answers.front() : answers.back();
        if (answers.size() > 1) answers.erase(answers.begin());
        done(std::move(result));
    }
    std::map<std::string, std::vector<std::vector<Address>>> script;
};

std::string gzipOfZeros(std::size_t size) {
    const std::string plain(size, '\0');
    std::string out(size / 500 + 4096, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace

class ConnectorTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConnectorTest);
    CPPUNIT_TEST(testFetchesThroughAnOverride);
    CPPUNIT_TEST(testRedirectsAreFollowedAndChecked);
    CPPUNIT_TEST(testRedirectToPrivateAddressIsRefused);
    CPPUNIT_TEST(testHostsOutsideTheScopeAreRefused);
    CPPUNIT_TEST(testRedirectOutOfTheScopeIsNotFollowed);
    CPPUNIT_TEST(testLoopsAndTooManyRedirects);
    CPPUNIT_TEST(testCredentialsStayWithTheirOrigin);
    CPPUNIT_TEST(testRebindingResolver);
    CPPUNIT_TEST(testBodyLimits);
    CPPUNIT_TEST(testDecompressionBomb);
    CPPUNIT_TEST(testTruncatedAnswerIsAFailure);
    CPPUNIT_TEST(testTimeoutAndCancel);
    CPPUNIT_TEST(testHeaderInjectionIsRefused);
    CPPUNIT_TEST(testStopEndsAllRequests);
    CPPUNIT_TEST_SUITE_END();

    /// A connector for which `acme.com` is the given server.
    struct Fixture {
        explicit Fixture(const LoopbackServer& server, GuardOptions options = {})
            : guard(withServer(std::move(options), server)), connector({}, guard, resolver, clock) {
            connector.start();
        }
        ~Fixture() { connector.stop(); }
        static GuardOptions withServer(GuardOptions options, const LoopbackServer& server) {
            options.resolveOverrides["acme.com"] = server.address();
            options.resolveOverrides["other.com"] = server.address();
            return options;
        }
        FetchResponse fetch(FetchRequest request) {
            std::promise<FetchResponse> promise;
            connector.fetch(connector.nextId(), std::move(request),
                            [&](FetchResponse r) { promise.set_value(std::move(r)); });
            return promise.get_future().get();
        }
        FetchResponse get(const std::string& url) { return fetch({.url = url}); }

        SystemClock clock;
        ScriptedResolver resolver;
        Guard guard;
        Connector connector;
    };

    static std::string failure(const FetchResponse& response) { return toString(response.failure); }

    void testFetchesThroughAnOverride() {
        LoopbackServer server([](const std::string&) { return LoopbackServer::answer(200, "X-Test: A\r\n", "hello"); });
        Fixture f(server);
        const auto reply =
            f.fetch({.method = "POST", .url = "http://acme.com/p?q=1", .headers = {{"X-Key", "v"}}, .body = "{}"});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.message, std::string("none"), failure(reply));
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), reply.body);
        CPPUNIT_ASSERT(std::find(reply.headers.begin(), reply.headers.end(),
                                 std::pair<std::string, std::string>("x-test", "A")) != reply.headers.end());
        const std::string head = server.heads().at(0);
        for (const char* line :
             {"POST /p?q=1 HTTP/1.1", "Host: acme.com\r\n", "X-Key: v", "User-Agent: stepd/", "Content-Length: 2"})
            CPPUNIT_ASSERT_MESSAGE(head, head.find(line) != std::string::npos);
    }

    void testRedirectsAreFollowedAndChecked() {
        LoopbackServer server([](const std::string& head) {
            if (head.starts_with("GET /a ")) return LoopbackServer::answer(302, "Location: /b?x=1\r\n", "");
            return LoopbackServer::answer(200, "", "end");
        });
        Fixture f(server);
        const auto reply = f.get("http://acme.com/a");
        CPPUNIT_ASSERT_EQUAL(std::string("end"), reply.body);
        CPPUNIT_ASSERT_EQUAL(std::string("http://acme.com/b?x=1"), reply.finalUrl);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), reply.redirects.size());
        const auto raw = f.fetch({.url = "http://acme.com/a", .maxRedirects = 0});
        CPPUNIT_ASSERT_EQUAL(302, raw.status);
    }

    void testRedirectToPrivateAddressIsRefused() {
        LoopbackServer forbidden([](const std::string&) { return LoopbackServer::answer(200, "", "secret"); });
        for (const std::string& to :
             {forbidden.url("/"), std::string("http://169.254.169.254/latest/"), std::string("http://localhost/"),
              std::string("file:///etc/passwd"), std::string("http://[::ffff:127.0.0.1]/")}) {
            LoopbackServer server(
                [&](const std::string&) { return LoopbackServer::answer(302, "Location: " + to + "\r\n", ""); });
            Fixture f(server);
            const auto reply = f.get("http://acme.com/");
            CPPUNIT_ASSERT_MESSAGE(to + " " + failure(reply), reply.failure != FetchFailure::None);
        }
        CPPUNIT_ASSERT(forbidden.heads().empty());
    }

    static std::shared_ptr<const NetScope> scope(const std::vector<std::string>& hosts) {
        return std::make_shared<const NetScope>(NetScope{*NetGrant::parse(hosts), "plugins.p.grant.net"});
    }

    void testHostsOutsideTheScopeAreRefused() {
        LoopbackServer server([](const std::string&) { return LoopbackServer::answer(200, "", "hello"); });
        Fixture f(server);
        CPPUNIT_ASSERT_EQUAL(200, f.fetch({.url = "http://acme.com/", .scope = scope({"ACME.com."})}).status);
        CPPUNIT_ASSERT_EQUAL(200, f.fetch({.url = "http://acme.com/", .scope = scope({"*"})}).status);
        const auto refused = f.fetch({.url = "http://other.com/x?key=1", .scope = scope({"acme.com"})});
        CPPUNIT_ASSERT_EQUAL(std::string("host_not_granted"), failure(refused));
        CPPUNIT_ASSERT_EQUAL(std::string("the host other.com:80 is not granted to the plugin; add \"other.com\" to "
                                         "plugins.p.grant.net in stepd.yaml to allow it"),
                             refused.message);
        CPPUNIT_ASSERT_EQUAL(std::string("host_not_granted"),
                             failure(f.fetch({.url = "http://acme.com/", .scope = scope({"acme.com:443"})})));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, server.heads().size());
    }

    void testRedirectOutOfTheScopeIsNotFollowed() {
        LoopbackServer server([](const std::string& head) {
            const bool away = head.find("/away") != std::string::npos;
            const bool near = head.find("/near") != std::string::npos;
            if (away) return LoopbackServer::answer(302, "Location: http://other.com/secret\r\n", "");
            if (near) return LoopbackServer::answer(302, "Location: http://acme.com/end\r\n", "");
            return LoopbackServer::answer(200, "", "end");
        });
        Fixture f(server);
        const auto near = f.fetch({.url = "http://acme.com/near", .scope = scope({"acme.com"})});
        CPPUNIT_ASSERT_EQUAL(std::string("end"), near.body);
        const auto away = f.fetch({.url = "http://acme.com/away", .scope = scope({"acme.com"})});
        CPPUNIT_ASSERT_EQUAL(std::string("host_not_granted"), failure(away));
        CPPUNIT_ASSERT_EQUAL(std::string("none"),
                             failure(f.fetch({.url = "http://acme.com/away", .scope = scope({"*.com"})})));
        const auto heads = server.heads();
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, std::count_if(heads.begin(), heads.end(), [](const auto& head) {
                                 return head.find("/secret") != std::string::npos;
                             }));
    }

    void testLoopsAndTooManyRedirects() {
        std::atomic<int> next{0};
        LoopbackServer server([&](const std::string& head) {
            if (head.starts_with("GET /loop")) return LoopbackServer::answer(301, "Location: /loop\r\n", "");
            if (head.starts_with("GET /none")) return LoopbackServer::answer(301, "", "");
            return LoopbackServer::answer(307, "Location: /" + std::to_string(++next) + "\r\n", "");
        });
        Fixture f(server);
        CPPUNIT_ASSERT_EQUAL(std::string("redirect_loop"), failure(f.get("http://acme.com/loop")));
        CPPUNIT_ASSERT_EQUAL(std::string("bad_redirect"), failure(f.get("http://acme.com/none")));
        CPPUNIT_ASSERT_EQUAL(std::string("too_many_redirects"), failure(f.get("http://acme.com/0")));
    }

    void testCredentialsStayWithTheirOrigin() {
        LoopbackServer server([](const std::string& head) {
            if (head.find("Host: acme.com") != std::string::npos)
                return LoopbackServer::answer(302, "Location: http://other.com/x\r\n", "");
            return LoopbackServer::answer(200, "", "");
        });
        Fixture f(server);
        f.fetch({.url = "http://acme.com/",
                 .headers = {{"Authorization", "Bearer t"}, {"X-Api-Key", "k"}, {"Accept", "text/html"}}});
        const auto heads = server.heads();
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), heads.size());
        CPPUNIT_ASSERT(heads[0].find("Bearer t") != std::string::npos);
        CPPUNIT_ASSERT(heads[1].find("Bearer t") == std::string::npos &&
                       heads[1].find("X-Api-Key") == std::string::npos);
        CPPUNIT_ASSERT(heads[1].find("Accept: text/html") != std::string::npos);
    }

    /// The name is public when it is asked first and private when it is asked again; and public and private at once.
    void testRebindingResolver() {
        LoopbackServer forbidden([](const std::string&) { return LoopbackServer::answer(200, "", "secret"); });
        Fixture f(forbidden, {.ports = {80, 443, forbidden.port()}});
        const auto loopback = *Address::parse("127.0.0.1");
        const auto open = *Address::parse("93.184.216.34");
        f.resolver.script["rebind.com"] = {{loopback}};
        f.resolver.script["both.com"] = {{open, loopback}};
        const std::string port = ":" + std::to_string(forbidden.port()) + "/";
        CPPUNIT_ASSERT_EQUAL(std::string("address_not_allowed"), failure(f.get("http://rebind.com" + port)));
        CPPUNIT_ASSERT_EQUAL(std::string("address_not_allowed"), failure(f.get("http://both.com" + port)));
        CPPUNIT_ASSERT_EQUAL(std::string("dns_not_found"), failure(f.get("http://nowhere.com/")));
        CPPUNIT_ASSERT(forbidden.heads().empty());
    }

    void testBodyLimits() {
        LoopbackServer server(
            [](const std::string&) { return LoopbackServer::answer(200, "", std::string(5000, 'x')); });
        Fixture f(server);
        CPPUNIT_ASSERT_EQUAL(std::string("body_too_large"),
                             failure(f.fetch({.url = "http://acme.com/", .maxBodyBytes = 4999})));
        CPPUNIT_ASSERT_EQUAL(std::string("none"), failure(f.fetch({.url = "http://acme.com/", .maxBodyBytes = 5000})));
        const auto cut = f.fetch({.url = "http://acme.com/", .maxBodyBytes = 100, .truncateBody = true});
        CPPUNIT_ASSERT_EQUAL(std::string("none"), failure(cut));
        CPPUNIT_ASSERT(cut.truncated && cut.body.size() == 100 && cut.status == 200);
    }

    void testDecompressionBomb() {
        const std::string bomb = gzipOfZeros(4U << 20);
        LoopbackServer server(
            [&](const std::string&) { return LoopbackServer::answer(200, "Content-Encoding: gzip\r\n", bomb); });
        Fixture f(server);
        CPPUNIT_ASSERT_EQUAL(std::string("decompression_bomb"), failure(f.get("http://acme.com/")));
    }

    void testTruncatedAnswerIsAFailure() {
        LoopbackServer server(
            [](const std::string&) { return std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"); });
        Fixture f(server);
        CPPUNIT_ASSERT_EQUAL(std::string("bad_answer"), failure(f.get("http://acme.com/")));
    }

    void testTimeoutAndCancel() {
        std::promise<void> release;
        auto released = release.get_future().share();
        LoopbackServer server(
            [released](const std::string&) { return released.wait(), LoopbackServer::answer(200, "", ""); });
        Fixture f(server);
        CPPUNIT_ASSERT_EQUAL(std::string("timeout"), failure(f.fetch({.url = "http://acme.com/", .timeout = 50ms})));
        std::promise<FetchResponse> promise;
        const auto id = f.connector.nextId();
        f.connector.fetch(id, {.url = "http://acme.com/"}, [&](FetchResponse r) { promise.set_value(std::move(r)); });
        f.connector.cancel(id);
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), failure(promise.get_future().get()));
        release.set_value();
    }

    void testHeaderInjectionIsRefused() {
        LoopbackServer server([](const std::string&) { return LoopbackServer::answer(200, "", ""); });
        Fixture f(server);
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_url"),
                             failure(f.fetch({.url = "http://acme.com/", .headers = {{"A", "b\r\nC: d"}}})));
        f.fetch({.url = "http://acme.com/", .headers = {{"Host", "evil.com"}, {"Transfer-Encoding", "chunked"}}});
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), server.heads().size());
        CPPUNIT_ASSERT(server.heads()[0].find("evil.com") == std::string::npos);
    }

    void testStopEndsAllRequests() {
        std::promise<void> release;
        auto released = release.get_future().share();
        LoopbackServer server([released](const std::string&) { return released.wait(), std::string(); });
        Fixture f(server);
        std::promise<FetchResponse> promise;
        f.connector.fetch(f.connector.nextId(), {.url = "http://acme.com/"},
                          [&](FetchResponse r) { promise.set_value(std::move(r)); });
        f.connector.stop();
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), failure(promise.get_future().get()));
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), failure(f.get("http://acme.com/")));
        release.set_value();
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConnectorTest);
