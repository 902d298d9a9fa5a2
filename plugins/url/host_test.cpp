#include "url/host.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::url;

class HostTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HostTest);
    CPPUNIT_TEST(testEverySpellingOfAnAddressIsTheAddress);
    CPPUNIT_TEST(testBadHostsAreRefused);
    CPPUNIT_TEST(testRegistrableDomains);
    CPPUNIT_TEST(testKnownTlds);
    CPPUNIT_TEST(testSpecialUseNamesAreNotPublic);
    CPPUNIT_TEST_SUITE_END();

    void testEverySpellingOfAnAddressIsTheAddress() {
        for (const char* text : {"127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.01", "127.1", "0x7F000001",
                                 "%31%32%37.1", "127.0.0.1.", "\u0031\u0032\u0037\uFF0E0\uFF0E0\uFF0E1"}) {
            const auto result = parseHost(text);
            CPPUNIT_ASSERT_MESSAGE(text, result.host && result.host->kind == Host::Kind::Ipv4);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string("127.0.0.1"), result.host->text);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("[::1]"), parseHost("[0:0:0:0:0:0:0:1]").host->text);
    }

    void testBadHostsAreRefused() {
        for (const char* text : {"acme..com", "-acme.com", "acme-.com", "ac me.com", "a_b..", "256.1.1.1", "1.2.3.4.5",
                                 "acme.123", "[::g]", "[::1", "%ff.com", "acme.com/", "a\u0300\u00AD..b"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string("invalid_host"), parseHost(text).problem.code);
        CPPUNIT_ASSERT_EQUAL(std::string("missing_host"), parseHost("").problem.code);
        CPPUNIT_ASSERT(!parseHost(std::string(64, 'a') + ".com").host);
        CPPUNIT_ASSERT(parseHost(std::string(63, 'a') + ".com").host);
        std::string host;
        for (int i = 0; i < 127; ++i) host += "a.";
        CPPUNIT_ASSERT_EQUAL(std::size_t{253}, parseHost(host.substr(0, 253)).host->text.size());
        CPPUNIT_ASSERT(!parseHost(host + "aa").host);
        CPPUNIT_ASSERT(parseHost("r3---sn-4g5e6.acme_x.com").host);
    }

    void testRegistrableDomains() {
        const struct {
            const char* host;
            const char* want;
        } rows[] = {{"shop.acme.co.uk", "acme.co.uk"},
                    {"acme.github.io", "acme.github.io"},
                    {"github.io", "github.io"},
                    {"a.acme.notatld", "acme.notatld"},
                    {"localhost", "localhost"},
                    {"127.0.0.1", "127.0.0.1"},
                    {"[::1]", "[::1]"},
                    {"www.xn--mnchen-3ya.de", "xn--mnchen-3ya.de"}};
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL(std::string(row.want), registrableDomain(row.host));
    }

    void testKnownTlds() {
        for (const char* host : {"acme.com", "a.acme.co.uk", "foo.bar.ck", "xn--r8jz45g.jp"})
            CPPUNIT_ASSERT(hasKnownTld(host));
        CPPUNIT_ASSERT(!hasKnownTld("acme.notatld"));
    }

    void testSpecialUseNamesAreNotPublic() {
        for (const char* host :
             {"localhost", "a.local", "db.internal", "a.test", "a.example", "a.invalid", "x.onion",
              "localhost.localdomain", "nas.lan", "nas.home", "a.corp", "a.intranet", "a.alt", "nas.home.arpa", "acme"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(host, std::string("host_not_public"),
                                         publicHostProblem(*parseHost(host).host).value_or(Problem{}).code);
        CPPUNIT_ASSERT(!publicHostProblem(*parseHost("example.com").host));
        CPPUNIT_ASSERT(!publicHostProblem(*parseHost("github.io").host));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HostTest);
