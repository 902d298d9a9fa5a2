#include "host/secret_set.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;
using namespace stepd::host;

class SecretSetTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SecretSetTest);
    CPPUNIT_TEST(testOnlyGrantedNamesAreRead);
    CPPUNIT_TEST(testValuesAreStruckOutAlsoInsideJson);
    CPPUNIT_TEST(testMergeFillsSecretsIn);
    CPPUNIT_TEST(testSecretThatIsNotUtf8IsRefused);
    CPPUNIT_TEST_SUITE_END();

    static SecretSet make() {
        return SecretSet({"key", "short", "absent", "bytes"}, [](std::string_view name) -> std::optional<Secret> {
            if (name == "key") return Secret("top\"secret\n1");
            if (name == "short") return Secret("abc");
            if (name == "bytes") return Secret("\xff\xfe canary");
            if (name == "other") return Secret("never asked for");
            return std::nullopt;
        });
    }

    void testOnlyGrantedNamesAreRead() {
        auto secrets = make();
        CPPUNIT_ASSERT(secrets.read("key") == "top\"secret\n1");
        CPPUNIT_ASSERT(!secrets.read("other"));
        CPPUNIT_ASSERT(!secrets.read("absent"));
    }

    void testValuesAreStruckOutAlsoInsideJson() {
        auto secrets = make();
        secrets.read("key");
        secrets.read("short");
        std::string text = R"({"a":"top\"secret\n1","b":"abc top\"secret\n1"} top"secret)"
                           "\n1";
        secrets.scrub(text);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":"[secret]","b":"abc [secret]"} [secret])"), text);
    }

    void testMergeFillsSecretsIn() {
        auto secrets = make();
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"a":1,"n":{"k":["x abc y ${env}","${secret:key"]}})"),
            *mergeConfig(R"({"a": 1, "n": 2})", R"({"n": {"k": ["x ${secret:short} y ${env}", "${secret:key"]}})",
                         "secret", secrets));
        const struct {
            const char* with;
            const char* sentence;
        } rows[] = {{R"({"a": "${secret:other}"})", "the secret 'other' is not granted to this plugin"},
                    {R"({"a": "${secret:absent}"})", "the secret 'absent' has no value"},
                    {"[1]", "the step's `with` is not a JSON object"},
                    {"{", "the step's `with` is not a JSON object"}};
        for (const auto& row : rows) {
            const auto merged = mergeConfig("{}", row.with, "secret", secrets);
            CPPUNIT_ASSERT(!merged);
            CPPUNIT_ASSERT_EQUAL(std::string(row.sentence), merged.error());
        }
    }

    void testSecretThatIsNotUtf8IsRefused() {
        auto secrets = make();
        const auto merged = mergeConfig(R"({"a": "${secret:bytes}"})", "", "secret", secrets);
        CPPUNIT_ASSERT(!merged);
        CPPUNIT_ASSERT_EQUAL(std::string("the plugin's options hold text that is not UTF-8"), merged.error());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SecretSetTest);
