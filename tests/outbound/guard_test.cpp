#include "outbound/guard.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

using namespace stepd;
using namespace stepd::outbound;

class GuardTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GuardTest);
    CPPUNIT_TEST(testPublicUrlsPass);
    CPPUNIT_TEST(testRefusedUrls);
    CPPUNIT_TEST(testEveryAddressMustBePublic);
    CPPUNIT_TEST(testOwnAddressesAreRefused);
    CPPUNIT_TEST(testAllowEntries);
    CPPUNIT_TEST(testOverrides);
    CPPUNIT_TEST(testBadEntriesAreConfigurationErrors);
    CPPUNIT_TEST(testMaskedUrl);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<Address> none() { return {}; }
    static std::string verdict(const Guard& guard, std::string_view url) {
        const auto target = guard.check(url);
        return target ? "ok" : toString(target.error().failure);
    }

    void testPublicUrlsPass() {
        const Guard guard({}, none);
        const auto target = guard.check("https://Example.COM/a?b=c#d");
        CPPUNIT_ASSERT(target);
        CPPUNIT_ASSERT_EQUAL(std::string("example.com"), target->host);
        CPPUNIT_ASSERT_EQUAL(443, int(target->port));
        CPPUNIT_ASSERT(target->url.ends_with("/a?b=c"));
        for (const char* url :
             {"http://acme.com", "https://acme.com:443/", "http://1.1.1.1/", "https://[2606:4700::1111]/"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(url, std::string("ok"), verdict(guard, url));
    }

    void testRefusedUrls() {
        const Guard guard({}, none);
        const struct {
            const char* url;
            const char* want;
        } rows[] = {
            {"", "invalid_url"},
            {"acme.com", "invalid_url"},
            {"ftp://acme.com/", "invalid_url"},
            {"file:///etc/passwd", "invalid_url"},
            {"gopher://acme.com/", "invalid_url"},
            {"https://user:pw@acme.com/", "invalid_url"},
            {"https://user@acme.com/", "invalid_url"},
            {"https://acme.com/a b", "invalid_url"},
            {"https://acme.com\\@evil.com/", "invalid_url"},
            {"https://acme.com/\r\nX: y", "invalid_url"},
            {"https://acme.com:0/", "invalid_url"},
            {"https://acme.com:99999/", "invalid_url"},
            {"https://acme.com:8080/", "address_not_allowed"},
            {"http://localhost/", "address_not_allowed"},
            {"http://intranet/", "address_not_allowed"},
            {"http://db.internal/", "address_not_allowed"},
            {"http://printer.local/", "address_not_allowed"},
            {"http://x.localhost./", "address_not_allowed"},
            {"http://1.0.0.127.in-addr.arpa/", "address_not_allowed"},
            {"http://127.0.0.1/", "address_not_allowed"},
            {"http://2130706433/", "address_not_allowed"},
            {"http://0x7f.1/", "address_not_allowed"},
            {"http://0177.0.0.1/", "address_not_allowed"},
            {"http://127.1/", "address_not_allowed"},
            {"http://16843009/", "address_not_allowed"},  // 1.1.1.1, but not spelled so
            {"http://[::1]/", "address_not_allowed"},
            {"http://[::ffff:127.0.0.1]/", "address_not_allowed"},
            {"http://[::ffff:7f00:1]/", "address_not_allowed"},
            {"http://169.254.169.254/latest/meta-data/", "address_not_allowed"},
            {"http://168.63.129.16/", "address_not_allowed"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.url, std::string(row.want), verdict(guard, row.url));
    }

    void testEveryAddressMustBePublic() {
        const Guard guard({}, none);
        const auto target = guard.check("http://acme.com/");
        const auto good = *Address::parse("93.184.216.34");
        CPPUNIT_ASSERT(!guard.check(*target, {good}));
        const auto refusal = guard.check(*target, {good, *Address::parse("10.0.0.5")});
        CPPUNIT_ASSERT(refusal && refusal->message.find("10.0.0.5") != std::string::npos);
    }

    void testOwnAddressesAreRefused() {
        const auto mine = *Address::parse("93.184.216.34");
        const Guard guard({}, [mine] { return std::vector{mine}; });
        CPPUNIT_ASSERT(guard.check(*guard.check("http://acme.com/"), {mine}).has_value());
    }

    void testAllowEntries() {
        const Guard guard({.allow = {"127.0.0.1:9000", "10.0.0.0/8", "Acme.test", "[::1]:80"}}, none);
        for (const char* url :
             {"http://127.0.0.1:9000/", "http://10.2.3.4:1234/", "http://acme.test/", "http://[::1]/"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(url, std::string("ok"), verdict(guard, url));
        for (const char* url :
             {"http://127.0.0.1:9001/", "http://127.0.0.1/", "http://11.0.0.1:81/", "http://b.acme.test/"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(url, std::string("address_not_allowed"), verdict(guard, url));
        const auto target = guard.check("http://acme.test/");
        CPPUNIT_ASSERT(!guard.check(*target, {*Address::parse("127.0.0.1")}));
        CPPUNIT_ASSERT(guard.relaxed());
    }

    void testOverrides() {
        const Guard guard({.resolveOverrides = {{"acme.com", "127.0.0.1:9000"}}}, none);
        const auto target = guard.check("https://acme.com/x");
        CPPUNIT_ASSERT(target && guard.overrideOf(*target)->second == 9000);
        CPPUNIT_ASSERT(guard.mayConnect(*target, *Address::parse("127.0.0.1")));
        CPPUNIT_ASSERT(!guard.mayConnect(*target, *Address::parse("127.0.0.2")));
        CPPUNIT_ASSERT(!guard.overrideOf(*guard.check("https://other.com/")));
    }

    void testBadEntriesAreConfigurationErrors() {
        CPPUNIT_ASSERT_THROW(Guard({.allow = {"host:port"}}), Error);
        CPPUNIT_ASSERT_THROW(Guard({.allow = {""}}), Error);
        CPPUNIT_ASSERT_THROW(Guard({.resolveOverrides = {{"a.com", "localhost:80"}}}), Error);
        CPPUNIT_ASSERT_THROW(Guard({.resolveOverrides = {{"a.com", "127.0.0.1"}}}), Error);
    }

    void testMaskedUrl() {
        CPPUNIT_ASSERT_EQUAL(std::string("https://a.com/x?key=***&id=***"),
                             maskedUrl("https://a.com/x?key=s3cret&id=7#f"));
        CPPUNIT_ASSERT_EQUAL(std::string("https://a.com/x"), maskedUrl("https://me:pw@a.com/x"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(GuardTest);
