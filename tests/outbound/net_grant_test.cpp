#include "model/net_grant.h"

#include <cppunit/extensions/HelperMacros.h>

#include "outbound/guard.h"

using namespace stepd;

/// Which hosts a grant names, as the guard reads them out of a URL.
class NetGrantTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(NetGrantTest);
    CPPUNIT_TEST(testPatterns);
    CPPUNIT_TEST(testUrlsThatWouldDeceive);
    CPPUNIT_TEST(testWhatCoversWhatIsAsked);
    CPPUNIT_TEST(testNothingIsGrantedByDefault);
    CPPUNIT_TEST(testUnreadablePatternsAreExplained);
    CPPUNIT_TEST_SUITE_END();

    void testPatterns() {
        const struct {
            std::vector<std::string> patterns;
            const char* host;
            std::uint16_t port;
            bool want;
        } rows[] = {
            {{"api.example.org"}, "api.example.org", 443, true},
            {{"api.example.org"}, "api.example.org", 8443, true},
            {{"API.Example.ORG"}, "api.example.org", 443, true},
            {{"api.example.org"}, "API.EXAMPLE.ORG", 443, true},
            {{"api.example.org."}, "api.example.org", 443, true},
            {{"api.example.org"}, "api.example.org.", 443, true},
            {{"api.example.org"}, "api.example.org..", 443, false},
            {{"api.example.org"}, "xapi.example.org", 443, false},
            {{"api.example.org"}, "v1.api.example.org", 443, false},
            {{"api.example.org"}, "api.example.org.evil.com", 443, false},
            {{"api.example.org"}, "example.org", 443, false},
            {{"api.example.org:443"}, "api.example.org", 443, true},
            {{"api.example.org:443"}, "api.example.org", 80, false},
            {{"*.example.org"}, "api.example.org", 443, true},
            {{"*.example.org"}, "a.b.example.org", 443, true},
            {{"*.example.org"}, "a.example.org.", 443, true},
            {{"*.example.org"}, "A.EXAMPLE.org", 443, true},
            {{"*.example.org"}, "example.org", 443, false},
            {{"*.example.org"}, ".example.org", 443, false},
            {{"*.example.org"}, "evilexample.org", 443, false},
            {{"*.example.org"}, "a.example.org.evil.com", 443, false},
            {{"*.example.org:8443"}, "a.example.org", 8443, true},
            {{"*.example.org:8443"}, "a.example.org", 443, false},
            {{"*.example.org", "example.org"}, "example.org", 443, true},
            {{"*"}, "anything.at.all", 1, true},
            {{"*"}, "2001:db8::1", 443, true},
            {{"*:443"}, "a.org", 443, true},
            {{"*:443"}, "a.org", 80, false},
            {{"xn--bcher-kva.example"}, "XN--BCHER-KVA.example", 443, true},
            {{"192.0.2.1"}, "192.0.2.1", 80, true},
            {{"192.0.2.1"}, "192.0.2.10", 80, false},
            {{"192.0.2.1:80"}, "192.0.2.1", 81, false},
            {{"[2001:db8::1]"}, "2001:db8::1", 443, true},
            {{"[2001:DB8:0:0::1]"}, "2001:db8::1", 443, true},
            {{"[2001:db8::1]:8443"}, "2001:db8::1", 8443, true},
            {{"[2001:db8::1]:8443"}, "2001:db8::1", 443, false},
            {{"[2001:db8::1]"}, "2001:db8::2", 443, false},
            {{"[::ffff:192.0.2.1]"}, "192.0.2.1", 443, false},
            {{}, "a.org", 443, false},
        };
        for (const auto& row : rows) {
            const auto grant = NetGrant::parse(row.patterns);
            CPPUNIT_ASSERT(grant);
            CPPUNIT_ASSERT_EQUAL_MESSAGE((row.patterns.empty() ? "" : row.patterns[0]) + " and " + row.host, row.want,
                                         grant->allows(row.host, row.port));
        }
    }

    /// What the URL looks like to a careless reader is granted; where it goes is not.
    void testUrlsThatWouldDeceive() {
        const outbound::Guard guard({}, [] { return std::vector<outbound::Address>{}; });
        const auto grant = NetGrant::parse({"good.com", "*.good.com"});
        for (const char* url :
             {"https://good.com@evil.com/", "https://good.com:443@evil.com/", "https://evil.com/good.com",
              "https://evil.com#good.com", "https://evil.com?good.com", "https://evil.com\\@good.com/",
              "https://evil.com/.good.com", "https://good.com.evil.com/", "https://evil.com%2F.good.com/",
              "https://evil.com%00.good.com/", "https://evil.com%23.good.com/", "https://good.com%2eevil.com/",
              "https://\xE2\x93\xA4ood.com.evil.com/", "https:good.com", "//good.com",
              "https://good.com\t.evil.com/"}) {
            const auto target = guard.check(url);
            if (target) CPPUNIT_ASSERT_MESSAGE(url, !grant->allows(target->host, target->port));
        }
        for (const char* url :
             {"https://GOOD.com/", "https://good.com./", "https://a.Good.com:8443/x?y#z", "https://g%6Fod.com/"}) {
            const auto target = outbound::Guard({.ports = {443, 8443}}).check(url);
            CPPUNIT_ASSERT_MESSAGE(url, target && grant->allows(target->host, target->port));
        }
    }

    void testWhatCoversWhatIsAsked() {
        const struct {
            const char* granted;
            const char* asked;
            bool want;
        } rows[] = {
            {"*", "*", true},
            {"*", "*.a.org:443", true},
            {"*:443", "a.org:443", true},
            {"*:443", "a.org", false},
            {"a.org", "*", false},
            {"a.org", "A.org.", true},
            {"a.org", "a.org:443", true},
            {"a.org:443", "a.org:443", true},
            {"a.org:443", "a.org:444", false},
            {"*.a.org", "b.a.org", true},
            {"*.a.org", "a.org", false},
            {"*.a.org", "*.a.org", true},
            {"*.a.org", "*.b.a.org", true},
            {"*.b.a.org", "*.a.org", false},
            {"*.a.org", "*.ba.org", false},
            {"b.a.org", "*.a.org", false},
            {"[::1]", "[0::1]:80", true},
            {"*", "not a host", false},
        };
        for (const auto& [granted, asked, want] : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(granted) + " and " + asked, want,
                                         NetGrant::parse({granted})->covers(asked));
    }

    void testNothingIsGrantedByDefault() {
        CPPUNIT_ASSERT(NetGrant().nothing());
        CPPUNIT_ASSERT(!NetGrant().allows("a.org", 443));
        const NetScope scope{NetGrant(), "plugins.p.grant.net"};
        CPPUNIT_ASSERT_EQUAL(
            std::string("the host [2001:db8::1]:80 is not granted to the plugin; add \"[2001:db8::1]\" "
                        "to plugins.p.grant.net in stepd.yaml to allow it"),
            scope.refusal("2001:db8::1", 80).value_or(""));
    }

    void testUnreadablePatternsAreExplained() {
        const struct {
            const char* pattern;
            const char* problem;
        } rows[] = {
            {"", "the name has an empty part"},
            {".", "the name has an empty part"},
            {"a..b", "the name has an empty part"},
            {"*.", "a * stands alone or at the beginning, as in *.example.org"},
            {"**", "a * stands alone or at the beginning, as in *.example.org"},
            {"a.*.org", "a * stands alone or at the beginning, as in *.example.org"},
            {"*example.org", "a * stands alone or at the beginning, as in *.example.org"},
            {"*.*.org", "a * stands alone or at the beginning, as in *.example.org"},
            {"https://a.org", "write a host alone, without scheme, user or path"},
            {"user@a.org", "write a host alone, without scheme, user or path"},
            {"a.org/path", "write a host alone, without scheme, user or path"},
            {"a b.org", "write a host alone, without scheme, user or path"},
            {"b\xC3\xBC"
             "cher.example",
             "write an international name as xn--..."},
            {"a.org:", "a port is a number from 1 to 65535"},
            {"a.org:0", "a port is a number from 1 to 65535"},
            {"a.org:65536", "a port is a number from 1 to 65535"},
            {"a.org:https", "a port is a number from 1 to 65535"},
            {"2001:db8::1", "an IPv6 address stands in brackets"},
            {"[2001:db8::1", "write [ADDRESS] or [ADDRESS]:PORT"},
            {"[2001:db8::1]443", "write [ADDRESS] or [ADDRESS]:PORT"},
            {"[a.org]", "what is in brackets is no IPv6 address"},
            {"192.0.2", "an address is written 192.0.2.1"},
            {"192.0.2.256", "an address is written 192.0.2.1"},
            {"*.0.2.1", "an address is written 192.0.2.1"},
        };
        for (const auto& [pattern, problem] : rows) {
            const auto grant = NetGrant::parse({"fine.org", pattern});
            CPPUNIT_ASSERT_MESSAGE(pattern, !grant);
            CPPUNIT_ASSERT_EQUAL("`" + std::string(pattern) + "` is no host of a grant: " + problem, grant.error());
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(NetGrantTest);
