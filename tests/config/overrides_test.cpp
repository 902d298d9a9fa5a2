#include "config/overrides.h"

#include <cppunit/extensions/HelperMacros.h>

#include "config/loader.h"
#include "support/scratch_folder.h"
#include "yaml/document.h"
#include "yaml/json.h"

using namespace stepd;
using namespace stepd::config;

class OverridesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OverridesTest);
    CPPUNIT_TEST(testTree);
    CPPUNIT_TEST(testRefused);
    CPPUNIT_TEST(testFindingsNameTheVariable);
    CPPUNIT_TEST(testTextsNeedNoQuotes);
    CPPUNIT_TEST_SUITE_END();

    static std::string apply(const std::string& yaml, const std::map<std::string, std::string>& environment) {
        const yaml::Document document = yaml::parse(yaml, "stepd.yaml");
        yaml::Report report("stepd.yaml");
        std::string out = yaml::toJson(*applyOverrides(document.root, environment, report), "", report);
        for (const auto& finding : report.sorted()) out += "\n" + finding.text();
        return out;
    }

    void testTree() {
        const struct {
            const char* yaml;
            std::map<std::string, std::string> environment;
            const char* want;
        } rows[] = {
            {"a: {b: 1}", {{"STEPD_A__B", "2"}}, R"({"a":{"b":2}})"},
            {"a: {b: 1}", {{"STEPD_A__C", "x"}}, R"({"a":{"b":1,"c":"x"}})"},
            {"", {{"STEPD_A__B__C", "true"}}, R"({"a":{"b":{"c":true}}})"},
            {"a:", {{"STEPD_A__B_C", "5s"}}, R"({"a":{"b_c":"5s"}})"},
            {"a: {b: 1}", {{"STEPD_A__B", ""}}, R"({"a":{"b":1}})"},
            {"a: {b: 1}", {{"STEPD_URL", "http://x"}, {"OTHER_A__B", "2"}, {"STEPD_", "x"}}, R"({"a":{"b":1}})"},
            {"{}", {{"STEPD_PLUGIN_DIRECTORY", "/p"}}, R"({"plugin_directory":"/p"})"},
            {"base: &x {k: 1}\nuse: *x", {{"STEPD_USE__K", "2"}}, R"({"base":{"k":1},"use":{"k":2}})"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.want, std::string(row.want), apply(row.yaml, row.environment));
    }

    void testRefused() {
        const char* want =
            "\nenvironment STEPD_A__B: error: only a single value can be set by the environment, not a list or a "
            "mapping"
            "\n    hint: set it in stepd.yaml";
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":{"b":[1]}})") + want, apply("a: {b: [1]}", {{"STEPD_A__B", "2"}}));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":{"b":{"c":1}}})") + want,
                             apply("a: {b: {c: 1}}", {{"STEPD_A__B", "2"}}));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":5})") + want, apply("a: 5", {{"STEPD_A__B", "2"}}));
    }

    static std::string load(const std::map<std::string, std::string>& environment) {
        const ScratchFolder folder;
        std::string out;
        const Loaded loaded =
            config::load(folder.write("stepd.yaml", "log: {level: info}\n"), {.environment = environment});
        for (const auto& finding : loaded.findings) out += finding.text() + "\n";
        return out;
    }

    void testFindingsNameTheVariable() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("environment STEPD_LOG__LEVEL: error: `level` must be debug, info, warning or error\n"),
            load({{"STEPD_LOG__LEVEL", "loud"}}));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "environment STEPD_LOG__LEVL: error: unknown key `log.levl`\n    hint: did you mean `level`?\n"),
            load({{"STEPD_LOG__LEVL", "info"}}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("environment STEPD_LOGG__LEVEL: error: unknown key `logg`\n    hint: did you mean `log`?\n"),
            load({{"STEPD_LOGG__LEVEL", "info"}}));
    }

    void testTextsNeedNoQuotes() {
        const ScratchFolder folder;
        const Loaded loaded = config::load(folder.write("stepd.yaml", "secrets: {a: '${env:NOT_SET}'}\n"),
                                           {.environment = {{"STEPD_SECRETS__A", "12345"}}});
        CPPUNIT_ASSERT(loaded.findings.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("12345"), loaded.config.secrets.at("a").reveal());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OverridesTest);
