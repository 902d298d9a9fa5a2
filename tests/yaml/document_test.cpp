#include "yaml/document.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/text.h"
#include "json/json_text.h"
#include "yaml/json.h"

using namespace stepd;
using namespace stepd::yaml;

class DocumentTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DocumentTest);
    CPPUNIT_TEST(testGoodDocuments);
    CPPUNIT_TEST(testRefusedDocuments);
    CPPUNIT_TEST(testAllDuplicatesAreReported);
    CPPUNIT_TEST(testLimits);
    CPPUNIT_TEST(testAliasBombIsRefused);
    CPPUNIT_TEST(testLargeFilesAreReadInOnePass);
    CPPUNIT_TEST(testMarksCountCharacters);
    CPPUNIT_TEST(testPlacesInsideScalars);
    CPPUNIT_TEST(testMissingFileIsAFinding);
    CPPUNIT_TEST_SUITE_END();

    static std::string allText(const Diagnostics& findings) {
        std::string out;
        for (const auto& finding : findings) out += finding.text() + "\n";
        return out;
    }

    static std::string toJsonText(const std::string& yaml) {
        const Document document = parse(yaml, "t.yaml");
        if (!document.findings.empty()) return allText(document.findings);
        Report report("t.yaml");
        const std::string json = toJson(*document.root, "", report);
        return json + allText(report.sorted());
    }

    void testGoodDocuments() {
        const struct {
            const char* yaml;
            const char* json;
        } rows[] = {
            {"", "null"},
            {"# only a comment\n", "null"},
            {"on: yes\noff: no\ny: n\n", R"({"on":"yes","off":"no","y":"n"})"},
            {"a: true\nb: False\nc: TRUE\nd: 'true'\n", R"({"a":true,"b":false,"c":true,"d":"true"})"},
            {"a: ~\nb: null\nc:\nd: ''\n", R"({"a":null,"b":null,"c":null,"d":""})"},
            {"a: 0o17\nb: 0x1F\nc: 017\nd: +5\ne: -0\n", R"({"a":15,"b":31,"c":17,"d":5,"e":-0})"},
            {"a: 1_000\nb: 12:30\nc: 0b11\nd: 1.2.3\n", R"({"a":"1_000","b":"12:30","c":"0b11","d":"1.2.3"})"},
            {"a: .5\nb: 5.\nc: 1e3\nd: -1.50\n", R"({"a":0.5,"b":5.0,"c":1e3,"d":-1.50})"},
            {"a: 18446744073709551615\n", R"({"a":18446744073709551615})"},
            {"a: !!str 5\nb: !!float 5\nc: !!int 7\n", R"({"a":"5","b":5.0,"c":7})"},
            {"a: &x {k: 1}\nb: *x\n", R"({"a":{"k":1},"b":{"k":1}})"},
            {"base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n", R"({"base":{"x":1,"y":2},"use":{"y":3,"x":1}})"},
            {"a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b]}\n",
             R"({"a":{"x":1},"b":{"x":2,"z":3},"c":{"x":1,"z":3}})"},
            {"'<<': text\n", R"({"<<":"text"})"},
            {"a: |\n  line 1\n  line 2\nb: >-\n  folded\n  text\n", R"({"a":"line 1\nline 2\n","b":"folded text"})"},
            {"a: |\n  \ttab in a literal\n", R"({"a":"\ttab in a literal\n"})"},
            {"- [a, b]\n- {c: d}\n-\n  - e\n", R"([["a","b"],{"c":"d"},["e"]])"},
            {"\xEF\xBB\xBF"
             "a: b\r\nc: d\r\n",
             R"({"a":"b","c":"d"})"},
            {"1: a\ntrue: b\n", R"({"1":"a","true":"b"})"},
            {"--- a\n...\n", R"("a")"},
        };
        for (const auto& row : rows) {
            const std::string got = toJsonText(row.yaml);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, std::string(row.json), got);
            CPPUNIT_ASSERT_MESSAGE(row.yaml, json::check(got).kind.has_value());
        }
    }

    void testRefusedDocuments() {
        const struct {
            const char* yaml;
            const char* finding;
        } rows[] = {
            {"a: 1\na: 2\n", "t.yaml:2:1: error: the key `a` stands here twice\n    hint: the first is in line 1\n"},
            {"a: {x: 1, \"x\": 2}\n",
             "t.yaml:1:11: error: the key `x` stands here twice\n    hint: the first is in line 1\n"},
            {"a:\n\tb: 1\n", "t.yaml:2:1: error: a tab is used to indent\n    hint: use spaces\n"},
            {"a:\n  - b\n\t- c\n", "t.yaml:3:1: error: a tab is used to indent\n    hint: use spaces\n"},
            {"a: [\n\tb]\n", "t.yaml:2:1: error: a tab is used to indent\n    hint: use spaces\n"},
            {"-\t- a\n", "t.yaml:1:2: error: a tab is used to indent\n    hint: use spaces\n"},
            {"a: !secret b\n",
             "t.yaml:1:4: error: the tag `!secret` is not known or does not fit its value\n    hint: leave the tag "
             "out; quote what is a text\n"},
            {"a: !!int b\n",
             "t.yaml:1:4: error: the tag `tag:yaml.org,2002:int` is not known or does not fit its value\n    hint: "
             "leave the tag out; quote what is a text\n"},
            {"a: !map {}\n", "t.yaml:1:4: error: the tag `!map` is not known\n    hint: leave it out\n"},
            {"a: &a [*a]\n", "t.yaml:1:8: error: this alias stands inside its own anchor\n"},
            {"a: *b\n", "t.yaml:1:4: error: this is not YAML: the referenced anchor is not defined\n"},
            {"a: 1\n---\nb: 2\n",
             "t.yaml:2:1: error: a second document in one file\n    hint: keep one document a file\n"},
            {"[a]: b\n", "t.yaml:1:1: error: a key must be a text, not a list\n"},
            {"? {a: b}\n: c\n", "t.yaml:1:3: error: a key must be a text, not a mapping\n"},
            {"&a x: 1\n*a : 2\n", "t.yaml:2:1: error: an alias cannot be a key\n"},
            {"~: a\n", "t.yaml:1:1: error: a key is missing or null\n    hint: quote it if the word null is meant\n"},
            {"a: 1\n<<: 5\n", "t.yaml:2:1: error: `<<` merges mappings, not a number\n"},
            {"x: &x {}\na:\n  <<: *x\n  <<: *x\n",
             "t.yaml:4:3: error: the key `<<` stands here twice\n    hint: merge several mappings as a list: `<<: [*a, "
             "*b]`\n"},
            {"a: \"\x01\"\n",
             "t.yaml:1:5: error: a control character\n    hint: in a quoted text write it as an escape: \"\\u0007\"\n"},
            {"a: \xff\n", "t.yaml:1:4: error: this byte is not UTF-8\n    hint: save the file as UTF-8\n"},
            {"\xfe\xff\0a", "t.yaml:1:1: error: this byte is not UTF-8\n    hint: save the file as UTF-8\n"},
            {"a: b\rc: d\n",
             "t.yaml:1:5: error: a control character\n    hint: in a quoted text write it as an escape: \"\\u0007\"\n"},
            {"a: [1, 2\n", "t.yaml:2:1: error: this is not YAML: end of sequence flow not found\n"},
            {"a: 18446744073709551616\n", "t.yaml:1:4: error: `18446744073709551616` has no form in JSON\n"},
            {"a: 1e999\n", "t.yaml:1:4: error: `1e999` has no form in JSON\n"},
            {"a: .nan\n", "t.yaml:1:4: error: `.nan` has no form in JSON\n"},
        };
        for (const auto& row : rows) {
            std::string got = toJsonText(row.yaml);
            if (const auto finding = got.find("t.yaml:"); finding != std::string::npos) got = got.substr(finding);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, std::string(row.finding), got);
        }
    }

    void testAllDuplicatesAreReported() {
        const Document document = parse("a: 1\nb: {c: 1, c: 2}\na: 3\n", "t.yaml");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), document.findings.size());
        CPPUNIT_ASSERT_EQUAL(std::string("b.c"), document.findings[0].path);
        CPPUNIT_ASSERT_EQUAL(3, document.findings[1].line);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), document.root->find("a")->value->text);
    }

    void testLimits() {
        const Limits limits{.bytes = 100, .depth = 3, .aliased = 5};
        CPPUNIT_ASSERT(parse("[[[a]]]", "t", limits).findings.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("t:1:4: error: nested more than 3 levels deep\n"),
                             allText(parse("[[[[a]]]]", "t", limits).findings));
        CPPUNIT_ASSERT_EQUAL(std::string("t:1:15: error: nested more than 3 levels deep\n"),
                             allText(parse("[&x [[a]], [ [*x]]]", "t", limits).findings));
        CPPUNIT_ASSERT_EQUAL(std::string("t: error: the file is larger than 100 bytes\n"),
                             allText(parse(std::string(101, ' '), "t", limits).findings));
        const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
        CPPUNIT_ASSERT_EQUAL(std::string("t:1:33: error: nested more than 32 levels deep\n"),
                             allText(parse(deep, "t").findings));
    }

    void testAliasBombIsRefused() {
        std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
        for (int i = 1; i < 9; ++i) {
            const std::string before = "*a" + std::to_string(i - 1);
            bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
            for (int j = 1; j < 9; ++j) bomb += ", " + before;
            bomb += "]\n";
        }
        const Document document = parse(bomb, "t");
        CPPUNIT_ASSERT_EQUAL(std::string("aliases expand to more than 10000 values"), document.findings.at(0).message);
    }

    /// Each would take minutes if a line or a mapping were searched from its beginning for every value.
    void testLargeFilesAreReadInOnePass() {
        std::string line = "[";
        while (line.size() < 180'000) line += "a,";
        CPPUNIT_ASSERT(parse(line + "]", "t").findings.empty());
        std::string keys;
        for (int i = 0; i < 40'000; ++i) keys += "key_number_" + std::to_string(i) + ": v\n";
        CPPUNIT_ASSERT_EQUAL(std::size_t(40'000), parse(keys, "t").root->entries.size());
        std::string many = "[";
        while (many.size() < 210'000) many += "a,";
        CPPUNIT_ASSERT_EQUAL(std::string("more than 100000 values in one file"),
                             parse(many + "]", "t").findings.at(0).message);
    }

    void testMarksCountCharacters() {
        const Document document = parse("größe: {straße: 1, x: ü, y: z}\nlist:\n  - first\n  -\n", "t");
        const Node& map = *document.root->find("größe")->value;
        CPPUNIT_ASSERT_EQUAL(8, map.mark.column);
        CPPUNIT_ASSERT_EQUAL(20, map.find("x")->mark.column);
        CPPUNIT_ASSERT_EQUAL(29, map.find("y")->value->mark.column);
        const Node& list = *document.root->find("list")->value;
        CPPUNIT_ASSERT_EQUAL(3, list.items[0]->mark.line);
        CPPUNIT_ASSERT_EQUAL(5, list.items[0]->mark.column);
    }

    void testPlacesInsideScalars() {
        const struct {
            const char* yaml;
            std::size_t offset;
            int line;
            int column;
        } rows[] = {
            {"a: plain text\n", 6, 1, 10},         {"a: 'quoted text'\n", 7, 1, 12},  {"a: \"ü text\"\n", 3, 1, 7},
            {"a: \"with \\n escape\"\n", 8, 1, 4}, {"a: |\n  one\n  two\n", 5, 3, 4}, {"a: >\n  one\n  two\n", 5, 1, 4},
        };
        for (const auto& row : rows) {
            const Document document = parse(row.yaml, "t");
            const Mark place = document.root->find("a")->value->at(row.offset);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, row.line, place.line);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, row.column, place.column);
        }
    }

    void testMissingFileIsAFinding() {
        CPPUNIT_ASSERT_EQUAL(std::string("/nowhere/x.yaml: error: the file cannot be read\n"
                                         "    hint: see that it exists and that stepd may read it\n"),
                             allText(readFile("/nowhere/x.yaml").findings));
        CPPUNIT_ASSERT(!readFile("/tmp").findings.empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DocumentTest);
