#include "url/url.h"

#include <cppunit/extensions/HelperMacros.h>

#include "url/percent.h"
#include "url/unicode.h"

using namespace stepd::url;

class UrlTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(UrlTest);
    CPPUNIT_TEST(testNormalisation);
    CPPUNIT_TEST(testRefusals);
    CPPUNIT_TEST(testStrictModeRefusesRepairs);
    CPPUNIT_TEST(testReservedHostsForTests);
    CPPUNIT_TEST(testTrackingCanBeKept);
    CPPUNIT_TEST(testNormalisingTwiceChangesNothing);
    CPPUNIT_TEST(testResolve);
    CPPUNIT_TEST(testUnicode);
    CPPUNIT_TEST(testPercent);
    CPPUNIT_TEST_SUITE_END();

    /// `URL +warning...`, or the code of refusal.
    static std::string told(std::string_view text, const Options& options = {}) {
        const auto result = normalise(text, options);
        if (!result.url) return result.problem.code;
        std::string out = result.url->text();
        for (const auto& warning : result.warnings) out += " +" + warning.code;
        return out;
    }

    void testNormalisation() {
        const struct {
            const char* text;
            const char* want;
        } rows[] = {
            {"https://acme.com", "https://acme.com/"},                       // 1
            {"HTTPS://ACME.COM/About/", "https://acme.com/About"},           // 2
            {"acme.com", "https://acme.com/ +scheme_assumed"},               // 3
            {"//acme.com/x", "https://acme.com/x +scheme_assumed"},          // 4
            {"http://acme.com:80/", "http://acme.com/"},                     // 5
            {"https://acme.com:443/a", "https://acme.com/a"},                // 6
            {"https://acme.com:8443/a", "https://acme.com:8443/a"},          // 7
            {"https://acme.com:/a", "https://acme.com/a"},                   // 10
            {"acme.com:8080/x", "https://acme.com:8080/x +scheme_assumed"},  // 11
            {"\u00A0 https://acme.com \u00A0", "https://acme.com/"},         // 12
            {"\u200Bhttps://acme.com\uFEFF", "https://acme.com/"},           // 13
            {"<https://acme.com/>", "https://acme.com/"},                    // 14
            {"\"https://acme.com/\";", "https://acme.com/"},
            {"acme.com,", "https://acme.com/ +scheme_assumed"},            // 15
            {"https://acme.com./a", "https://acme.com/a"},                 // 16
            {"https:/acme.com/x", "https://acme.com/x +scheme_repaired"},  // 17
            {"https:acme.com", "https://acme.com/ +scheme_repaired"},
            {"https:///acme.com", "https://acme.com/ +scheme_repaired"},
            {"http//acme.com", "http://acme.com/ +scheme_repaired"},             // 18
            {"https://https://acme.com", "https://acme.com/ +scheme_repaired"},  // 19
            {"https://http://acme.com", "http://acme.com/ +scheme_repaired"},
            {"https:\\\\acme.com\\x", "https://acme.com/x"},           // 25
            {"https://acme.com/a/../b/./c/", "https://acme.com/b/c"},  // 26
            {"https://acme.com/a/%2E%2e/b", "https://acme.com/b"},
            {"https://acme.com/%7Ejane/%e2%82%ac", "https://acme.com/~jane/%E2%82%AC"},  // 27
            {"https://acme.com/über uns", "https://acme.com/%C3%BCber%20uns"},           // 28
            {"https://acme.com/100%/a", "https://acme.com/100%/a"},
            {"https://acme.com//double//slash/", "https://acme.com//double//slash"},                        // 29
            {"https://acme.com/?utm_source=x&id=7&gclid=abc", "https://acme.com/?id=7 +tracking_removed"},  // 30
            {"https://acme.com/p?a=1&&b=2#frag", "https://acme.com/p?a=1&b=2 +fragment_removed"},           // 31
            {"https://acme.com?x=1", "https://acme.com/?x=1"},                                              // 32
            {"https://MÜNCHEN.DE/Straße", "https://xn--mnchen-3ya.de/Stra%C3%9Fe"},                         // 33
            {"https://faß.de", "https://xn--fa-hia.de/"},                                                   // 34
            {"https://例え.jp", "https://xn--r8jz45g.jp/"},                                                 // 35
            {"https://acme。com", "https://acme.com/"},                                                     // 36
            {"https://acme。com。", "https://acme.com/"},
            {"https://shop.acme.co.uk/x", "https://shop.acme.co.uk/x"},                       // 37
            {"https://acme.github.io/site/", "https://acme.github.io/site"},                  // 39
            {"https://a.acme.notatld", "https://a.acme.notatld/ +unknown_tld"},               // 46
            {"https://facebook.com/acme", "https://facebook.com/acme +social_platform_url"},  // 49
            {"https://ac\nme.com/a\tb", "https://acme.com/ab"},
        };
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.want), told(row.text));
        CPPUNIT_ASSERT_EQUAL(std::string("acme.co.uk"),
                             registrableDomain(normalise("https://shop.acme.co.uk/x").url->host.text));
        CPPUNIT_ASSERT_EQUAL(std::string("acme.github.io"),
                             registrableDomain(normalise("acme.github.io").url->host.text));
    }

    void testRefusals() {
        const struct {
            const char* text;
            const char* code;
        } rows[] = {
            {"https://acme.com:9200/", "port_not_allowed"},  // 8
            {"https://acme.com:0/", "invalid_port"},         // 9
            {"https://acme.com:99999/", "invalid_port"},
            {"https://acme.com:8x/", "invalid_port"},
            {"ftp://acme.com", "unsupported_scheme"},                     // 20
            {"javascript:alert(1)", "unsupported_scheme"},                // 21
            {"jane@acme.com", "looks_like_email"},                        // 22
            {"https://user:pw@acme.com/", "credentials_not_allowed"},     // 23
            {"https://google.com@evil.com/", "credentials_not_allowed"},  // 24
            {"https://co.uk", "host_is_public_suffix"},                   // 38
            {"localhost", "host_not_public"},                             // 40
            {"http://127.0.0.1:8000/", "ip_not_allowed"},                 // 41
            {"http://2130706433/", "ip_not_allowed"},                     // 42
            {"http://0x7f.1/", "ip_not_allowed"},
            {"http://[::1]/", "ip_not_allowed"},  // 43
            {"[::1]:80", "ip_not_allowed"},
            {"acme", "host_not_public"},            // 44
            {"https://acme..com", "invalid_host"},  // 45
            {"https://-acme.com", "invalid_host"},
            {"https://ac me.com", "invalid_host"},
            {"https://", "missing_host"},   // 47
            {"not a url", "invalid_host"},  // 48
            {"https://acme.com/\x01", "invalid_characters"},
        };
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.code), told(row.text));
        CPPUNIT_ASSERT_EQUAL(std::string("url_too_long"), told("https://acme.com/" + std::string(2083, 'a')));  // 50
        CPPUNIT_ASSERT(normalise("https://acme.com/" + std::string(2083 - 17, 'a')).url);
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_characters"), told(std::string("https://ac\0me.com", 17)));
    }

    void testStrictModeRefusesRepairs() {
        const Options strict{.mode = Mode::Strict};
        for (const char* text : {"acme.com", "//acme.com", "https:/acme.com", "http//acme.com", ""})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string("invalid_url"), told(text, strict));
        CPPUNIT_ASSERT_EQUAL(std::string("https://acme.com/"), told("https://acme.com", strict));
        CPPUNIT_ASSERT_EQUAL(std::string("https://acme.com/a#b"), told("https://acme.com/a#b", strict));
        for (const char* text : {"ftp://acme.com", "<https://acme.com>"})
            CPPUNIT_ASSERT_EQUAL(std::string("unsupported_scheme"), told(text, strict));
    }

    void testReservedHostsForTests() {
        const Options any{.hosts = Hosts::Any};
        CPPUNIT_ASSERT_EQUAL(std::string("http://127.0.0.1:40123/a"), told("http://127.0.0.1:40123/a", any));
        CPPUNIT_ASSERT_EQUAL(std::string("http://[::1]:40123/"), told("http://[::1]:40123", any));
        CPPUNIT_ASSERT_EQUAL(std::string("http://localhost/ +unknown_tld"), told("http://localhost", any));
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_port"), told("http://localhost:0", any));
    }

    void testTrackingCanBeKept() {
        CPPUNIT_ASSERT_EQUAL(std::string("https://acme.com/?UTM_a=1&b"),
                             told("https://acme.com/?UTM_a=1&b", {.tracking = Tracking::Keep}));
        CPPUNIT_ASSERT_EQUAL(std::string("https://acme.com/?b +tracking_removed"), told("https://acme.com/?UTM_a=1&b"));
    }

    void testNormalisingTwiceChangesNothing() {
        for (const char* text :
             {"acme.com/a%2fb/%25/ü?q=%zz&r=a b#x", "HTTP://Faß.DE:8080//..//a/./", "http://a.com/%"}) {
            const std::string once = normalise(text).url->text();
            CPPUNIT_ASSERT_EQUAL(once, told(once));
        }
    }

    void testResolve() {
        const char* base = "https://acme.com/about/team?x=1#y";
        const struct {
            const char* reference;
            const char* want;
        } rows[] = {{"jobs", "https://acme.com/about/jobs"},
                    {"/jobs", "https://acme.com/jobs"},
                    {"?p=2", "https://acme.com/about/team?p=2"},
                    {"//cdn.acme.com/a", "https://cdn.acme.com/a"},
                    {"../a", "https://acme.com/about/../a"},
                    {"#z", "https://acme.com/about/team?x=1#z"},
                    {"http://b.com/", "http://b.com/"},
                    {"mailto:a@b.com", ""},
                    {"javascript:x", ""},
                    {" a\nb ", "https://acme.com/about/ab"},
                    {"a:b/c", ""},
                    {"./a:b", "https://acme.com/about/./a:b"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.reference, std::string(row.want), resolve(base, row.reference));
        CPPUNIT_ASSERT_EQUAL(std::string("https://acme.com/a"), resolve("https://acme.com", "a"));
        CPPUNIT_ASSERT_EQUAL(std::string("https://acme.com/about/a"), resolve("https://acme.com/about/", "a"));
    }

    void testUnicode() {
        CPPUNIT_ASSERT_EQUAL(std::string("a\uFFFDb"), cleanUtf8("a\xFF"
                                                                "b"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, length("é🚀"));
        CPPUNIT_ASSERT_EQUAL(std::string("é"), std::string(firstCodePoints("é🚀", 1)));
        CPPUNIT_ASSERT_EQUAL(std::string("jose strasse lodz soren"), folded("José STRASSE Łódź Søren"));
        CPPUNIT_ASSERT_EQUAL(std::string("strasse"), folded("Straße"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, foldedWords("O'Connor-Smith").size());
        CPPUNIT_ASSERT_EQUAL(std::string("a b"), collapseSpaces(" a\u00A0\t b "));
    }

    void testPercent() {
        CPPUNIT_ASSERT_EQUAL(std::string("a%2Fb%20%C3%A9~"), percentEncode("a/b é~"));
        CPPUNIT_ASSERT_EQUAL(std::string("a/b%2"), percentDecode("a%2Fb%2"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(UrlTest);
