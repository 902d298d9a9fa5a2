#include "host/grant_check.h"

#include <cppunit/extensions/HelperMacros.h>

#include "host/plugin_spec.h"

using namespace stepd;

/// What a plugin asks for, beside what it is granted.
class GrantCheckTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GrantCheckTest);
    CPPUNIT_TEST(testStepsAskTogether);
    CPPUNIT_TEST(testWhatIsMissingIsNamedWithTheLineToAdd);
    CPPUNIT_TEST(testWhatIsGrantedIsNoFinding);
    CPPUNIT_TEST(testEveryHostMeansWhatTheOperatorChose);
    CPPUNIT_TEST_SUITE_END();

    static host::PluginDescription plugin(const std::vector<std::string>& capabilities) {
        host::PluginDescription description;
        for (const auto& text : capabilities) {
            auto& step = description.steps.emplace_back();
            step.type = "step" + std::to_string(description.steps.size());
            step.capabilities = text;
        }
        return description;
    }
    static std::string findings(const host::PluginSpec& spec, const std::string& capabilities) {
        std::string all;
        for (const auto& finding : host::grantFindings(spec, plugin({capabilities}), "/state", "stepd.yaml"))
            all += finding.text() + "\n";
        return all;
    }

    void testStepsAskTogether() {
        const auto asked = host::askedBy(plugin({R"({"net": ["a.org"], "write": ["${options.dir}/x/"]})", "",
                                                 R"({"net": ["a.org", "b.org"], "read": ["/etc/x"], "exec": true})",
                                                 R"({"net": 5})", R"({"secrets": ["KEY"]})"}),
                                         R"({"dir": "out"})", "/state");
        const PluginGrant want{.net = {"a.org", "b.org"}, .read = {"/etc/x"}, .write = {"/state/out/x"}, .exec = true};
        CPPUNIT_ASSERT(asked && asked->grant == want);
        CPPUNIT_ASSERT(asked->secrets == std::vector<std::string>{"KEY"});
        CPPUNIT_ASSERT(!host::askedBy(plugin({"", ""}), "{}", "/state"));
    }

    void testWhatIsMissingIsNamedWithTheLineToAdd() {
        host::PluginSpec spec;
        spec.name = "p";
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "stepd.yaml: warning: plugins.p: the plugin asks for the hosts [\"a.org\", \"*\"], which is not "
                "granted\n    hint: add `grant: {net: [\"a.org\", \"*\"]}` to plugins.p, or leave it: what needs "
                "it is refused\n"
                "stepd.yaml: warning: plugins.p: the plugin asks to read [\"/state/in\"], which is not granted\n"
                "    hint: add `grant: {read: [\"/state/in\"]}` to plugins.p, or leave it: what needs it is "
                "refused\n"
                "stepd.yaml: warning: plugins.p: the plugin asks to start programs, which is not granted\n"
                "    hint: add `grant: {exec: true}` to plugins.p, or leave it: what needs it is refused\n"
                "stepd.yaml: warning: plugins.p: the plugin asks for the secrets [\"KEY\"], which is not "
                "granted\n    hint: add `secrets: [\"KEY\"]` to plugins.p, or leave it: what needs it is "
                "refused\n"),
            findings(spec, R"({"net": ["a.org", "*"], "read": ["in"], "exec": true, "secrets": ["KEY"]})"));
    }

    void testWhatIsGrantedIsNoFinding() {
        host::PluginSpec spec;
        spec.name = "p";
        spec.grant = {.net = {"*.a.org"}, .read = {"/etc"}, .write = {"/state/out"}, .exec = true};
        spec.secrets = {"KEY"};
        CPPUNIT_ASSERT_EQUAL(std::string(), findings(spec, R"({"net": ["b.a.org:443"], "read": ["/etc/x", "out/y"],
                                                              "write": ["out"], "exec": true, "secrets": ["KEY"]})"));
        CPPUNIT_ASSERT_EQUAL(std::string(), findings(spec, ""));
        for (const char* more : {R"({"net": ["a.org"]})", R"({"read": ["/etcetera"]})", R"({"write": ["output"]})",
                                 R"({"write": ["out/../x"]})", R"({"write": ["/etc"]})"})
            CPPUNIT_ASSERT_MESSAGE(more, !findings(spec, more).empty());
    }

    void testEveryHostMeansWhatTheOperatorChose() {
        host::PluginSpec spec;
        spec.name = "p";
        CPPUNIT_ASSERT(!findings(spec, R"({"net": ["*"]})").empty());
        spec.grant.net = {"a.org"};
        CPPUNIT_ASSERT_EQUAL(std::string(), findings(spec, R"({"net": ["*"]})"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(GrantCheckTest);
