#include "host/capabilities.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
}

host::StepDescription step(std::string capabilities) {
    host::StepDescription step;
    step.type = "fetch";
    step.configSchema = R"({"properties": {"dir": {"default": "out"}, "hosts": {"default": ["a", "b"]}, "n": {}}})";
    step.capabilities = std::move(capabilities);
    return step;
}

}  // namespace

/// What a step asks for, as it says it.
class CapabilitiesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CapabilitiesTest);
    CPPUNIT_TEST(testEveryKeyIsRead);
    CPPUNIT_TEST(testSilenceIsNotAskingForNothing);
    CPPUNIT_TEST(testOptionsAreFilledIn);
    CPPUNIT_TEST(testWhatCannotBeReadIsNamed);
    CPPUNIT_TEST_SUITE_END();

    void testEveryKeyIsRead() {
        const auto read = host::readCapabilities(
            step(R"({"net": ["*.a.org:443", "b.org"], "read": ["/etc/x"], "write": ["w"], "exec": true, "later": {},
                     "secrets": ["KEY"], "idempotent": false})"));
        CPPUNIT_ASSERT(read && *read);
        const host::Capabilities& asked = **read;
        CPPUNIT_ASSERT_EQUAL(std::string("*.a.org:443 b.org"), joined(asked.net));
        CPPUNIT_ASSERT_EQUAL(std::string("/etc/x"), joined(asked.read));
        CPPUNIT_ASSERT_EQUAL(std::string("w"), joined(asked.write));
        CPPUNIT_ASSERT_EQUAL(std::string("KEY"), joined(asked.secrets));
        CPPUNIT_ASSERT(asked.exec && asked.idempotent == false);
    }

    void testSilenceIsNotAskingForNothing() {
        const auto silent = host::readCapabilities(step(""));
        CPPUNIT_ASSERT(silent && !*silent);
        const auto modest = host::readCapabilities(step("{}"));
        CPPUNIT_ASSERT(modest && *modest);
        CPPUNIT_ASSERT((*modest)->net.empty() && (*modest)->write.empty() && !(*modest)->exec);
        CPPUNIT_ASSERT(!(*modest)->idempotent);
    }

    void testOptionsAreFilledIn() {
        const struct {
            const char* name;
            const char* options;
            const char* want;
        } rows[] = {
            {"${options.dir}", R"({"dir": "/var/x"})", "/var/x"},
            {"${options.dir}", "{}", "out"},
            {"${options.dir}/sub", R"({"dir": "/var/x"})", "/var/x/sub"},
            {"${options.hosts}:443", "{}", "a:443 b:443"},
            {"${options.hosts}", R"({"hosts": ["c", 1, "d"]})", "c d"},
            {"${options.n}", "{}", ""},
            {"${options.n}", R"({"n": 5})", ""},
            {"${options.unknown}", "{}", ""},
        };
        for (const auto& row : rows) {
            const auto read =
                host::readCapabilities(step(R"({"write": [")" + std::string(row.name) + R"("]})"), row.options);
            CPPUNIT_ASSERT_MESSAGE(row.name, read && *read);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, std::string(row.want), joined((*read)->write));
        }
    }

    void testWhatCannotBeReadIsNamed() {
        const struct {
            std::string text;
            const char* sentence;
        } rows[] = {
            {"[]", "it is no JSON object"},
            {"{", "it is not valid JSON"},
            {R"({"net": "*"})", "`net` is no list of texts"},
            {R"({"read": [1]})", "`read` has an entry that is no text"},
            {R"({"write": [""]})", "`write` has an entry that is no text of 1 to 4096 bytes"},
            {R"({"write": ["${HOME}"]})", "`${HOME}` has a placeholder other than ${options.NAME}"},
            {R"({"write": ["${options.x"]})", "has a placeholder other than"},
            {R"({"exec": "yes"})", "`exec` is neither true nor false"},
            {R"({"idempotent": null})", "`idempotent` is neither true nor false"},
        };
        for (const auto& row : rows) {
            const auto read = host::readCapabilities(step(row.text));
            CPPUNIT_ASSERT_MESSAGE(row.text, !read);
            CPPUNIT_ASSERT_MESSAGE(read.error(), read.error().find(row.sentence) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(read.error(), read.error().find("fetch asks for") != std::string::npos);
        }
        std::string many = R"({"net": ["a")";
        for (int i = 0; i < 256; ++i) many += R"(,"a")";
        const auto read = host::readCapabilities(step(many + "]}"));
        CPPUNIT_ASSERT(!read && read.error().find("more than 256 entries") != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CapabilitiesTest);
