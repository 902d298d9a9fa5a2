#include "yaml/reader.h"

#include <cppunit/extensions/HelperMacros.h>

#include "yaml/document.h"

using namespace stepd;
using namespace stepd::yaml;

namespace {
enum class Colour { Red, Green };
}

class ReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReaderTest);
    CPPUNIT_TEST(testFieldsOfEachKind);
    CPPUNIT_TEST(testAbsentFieldsKeepTheirDefaults);
    CPPUNIT_TEST(testWrongValues);
    CPPUNIT_TEST(testUnknownMissingAndRefusedKeys);
    CPPUNIT_TEST(testFindingsAreInTheOrderOfTheFile);
    CPPUNIT_TEST(testKnownKeysForgetIndices);
    CPPUNIT_TEST_SUITE_END();

    struct Fields {
        std::string text = "default";
        bool flag = false;
        Duration wait = 7s;
        std::int64_t whole = -1;
        double ratio = 0.5;
        std::vector<std::string> list = {"default"};
        std::uint64_t bytes = 3;
        Colour colour = Colour::Red;
        std::optional<Duration> maybe;

        void read(Reader& reader) {
            reader.read("text", text);
            reader.read("flag", flag);
            reader.read("wait", wait, {1ms, 1h});
            reader.read("whole", whole, {1, 10});
            reader.read("ratio", ratio, {0, 1.5});
            reader.read("list", list);
            reader.readSize("bytes", bytes, {1, 1U << 20});
            reader.read("colour", colour, {{"red", Colour::Red}, {"green", Colour::Green}});
            reader.read("maybe", maybe);
            reader.finish();
        }
    };

    static std::string findingsOf(const std::string& yaml) {
        const Document document = parse(yaml, "t");
        Report report("t");
        report.add(document.findings);
        Reader reader(*document.root, "", report);
        Fields fields;
        fields.read(reader);
        std::string out;
        for (const auto& finding : report.sorted()) out += finding.text() + "\n";
        return out;
    }

    void testFieldsOfEachKind() {
        const Document document = parse(
            "{text: a b, flag: true, wait: 1m30s, whole: 0xA, ratio: 1, list: [a, '1'], bytes: 1KiB,"
            " colour: green, maybe: PT2S}",
            "t");
        Report report("t");
        Reader reader(*document.root, "", report);
        Fields fields;
        fields.read(reader);
        CPPUNIT_ASSERT(report.sorted().empty());
        CPPUNIT_ASSERT_EQUAL(std::string("a b"), fields.text);
        CPPUNIT_ASSERT(fields.flag);
        CPPUNIT_ASSERT(fields.wait == 90s);
        CPPUNIT_ASSERT_EQUAL(std::int64_t(10), fields.whole);
        CPPUNIT_ASSERT_EQUAL(1.0, fields.ratio);
        CPPUNIT_ASSERT(fields.list == (std::vector<std::string>{"a", "1"}));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(1024), fields.bytes);
        CPPUNIT_ASSERT(fields.colour == Colour::Green);
        CPPUNIT_ASSERT(fields.maybe == Duration(2s));
    }

    void testAbsentFieldsKeepTheirDefaults() {
        const Document document = parse("{}", "t");
        Report report("t");
        Reader reader(*document.root, "", report);
        Fields fields;
        fields.read(reader);
        CPPUNIT_ASSERT(report.sorted().empty());
        CPPUNIT_ASSERT_EQUAL(std::string("default"), fields.text);
        CPPUNIT_ASSERT(fields.wait == 7s);
        CPPUNIT_ASSERT(!fields.maybe);
    }

    void testWrongValues() {
        const struct {
            const char* yaml;
            const char* finding;
        } rows[] = {
            {"text: 5", "t:1:7: error: `text` must be a text, not a number\n    hint: quote it\n"},
            {"text:", "t:1:1: error: `text` must be a text, not nothing\n"},
            {"text: [a]", "t:1:7: error: `text` must be a text, not a list\n"},
            {"flag: yes", "t:1:7: error: `flag` must be a boolean, not a text\n    hint: write true or false\n"},
            {"wait: 5", "t:1:7: error: `wait` must be a duration with its unit\n    hint: write 250ms, 5s or 10m\n"},
            {"wait: soon", "t:1:7: error: `wait` must be a duration\n    hint: write 250ms, 5s, 10m, 2h, 7d or PT5M\n"},
            {"wait: 2h", "t:1:7: error: `wait` must be between 1ms and 1h\n"},
            {"whole: 1.5", "t:1:8: error: `whole` must be a whole number, not a number\n"},
            {"whole: 11", "t:1:8: error: `whole` must be between 1 and 10\n"},
            {"whole: 99999999999999999999", "t:1:8: error: `whole` must be a whole number, not a number\n"},
            {"ratio: 1.6", "t:1:8: error: `ratio` must be between 0.0 and 1.5\n"},
            {"ratio: a", "t:1:8: error: `ratio` must be a number, not a text\n"},
            {"list: a", "t:1:7: error: `list` must be a list, not a text\n"},
            {"list: [a, 5]", "t:1:11: error: expected a text, not a number\n"},
            {"bytes: 10", "t:1:8: error: `bytes` must be a size with its unit\n    hint: write 512B, 64KiB or 10MB\n"},
            {"bytes: 2MiB", "t:1:8: error: `bytes` must be between 1 B and 1048576 B\n"},
            {"colour: gren", "t:1:9: error: `colour` must be red or green\n    hint: did you mean `green`?\n"},
            {"colour: {}", "t:1:9: error: `colour` must be red or green\n"},
            {"[a]", "t:1:1: error: expected a mapping, not a list\n"},
            {"colur: red", "t:1:1: error: unknown key `colur`\n    hint: did you mean `colour`?\n"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, std::string(row.finding), findingsOf(row.yaml));
    }

    void testUnknownMissingAndRefusedKeys() {
        const Document document = parse("a: 1\nlater: 2\nzzzzzz: 3\n", "t");
        Report report("t");
        Reader reader(*document.root, "outer", report);
        std::int64_t number = 0;
        reader.read("a", number);
        reader.require({"a", "b"});
        reader.refuse("later", "`later` is not supported yet");
        reader.finish();
        const Diagnostics findings = report.sorted();
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), findings.size());
        CPPUNIT_ASSERT_EQUAL(std::string("t:1:1: error: `b` is missing"), findings[0].text());
        CPPUNIT_ASSERT_EQUAL(std::string("outer.b"), findings[0].path);
        CPPUNIT_ASSERT_EQUAL(std::string("t:2:1: error: `later` is not supported yet"), findings[1].text());
        CPPUNIT_ASSERT_EQUAL(std::string("t:3:1: error: unknown key `zzzzzz`\n    hint: known here: a"),
                             findings[2].text());
    }

    void testFindingsAreInTheOrderOfTheFile() {
        const std::string findings = findingsOf("unknown_thing: 1\ncolour: blue\ntext: 1\n");
        CPPUNIT_ASSERT(findings.find("t:1:1") < findings.find("t:2:9"));
        CPPUNIT_ASSERT(findings.find("t:2:9") < findings.find("t:3:7"));
        CPPUNIT_ASSERT(findings.find("t:3:7") != std::string::npos);
    }

    void testKnownKeysForgetIndices() {
        const Document document = parse("{}", "t");
        Report report("t");
        Reader reader(*document.root, "steps[3].retry", report);
        std::int64_t number = 0;
        reader.read("attempts", number);
        CPPUNIT_ASSERT(report.knownKeys() == std::set<std::string>{"steps[].retry.attempts"});
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReaderTest);
