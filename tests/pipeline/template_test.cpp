#include "pipeline/template.h"

#include <cppunit/extensions/HelperMacros.h>

#include "pipeline/document_scope.h"
#include "pipeline/expression_reader.h"
#include "yaml/document.h"

using namespace stepd;
using namespace stepd::pipeline;

class TemplateTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TemplateTest);
    CPPUNIT_TEST(testRendering);
    CPPUNIT_TEST(testBytesAreKept);
    CPPUNIT_TEST(testErrorsNameTheExpression);
    CPPUNIT_TEST(testMistakesHaveTheirPlace);
    CPPUNIT_TEST(testReferences);
    CPPUNIT_TEST(testEmptyAndLiteral);
    CPPUNIT_TEST_SUITE_END();

    struct Parsed {
        Template value;
        std::string findings;
    };

    static Parsed parse(const std::string& yaml) {
        const yaml::Document document = yaml::parse("t: " + yaml, "t");
        yaml::Report report("t");
        report.add(document.findings);
        if (report.failed()) return {Template(), report.sorted()[0].text()};
        yaml::Reader fields(*document.root, "", report);
        ExpressionReader expressions(report);
        Parsed parsed{expressions.templated(fields, "t", Place::Input).value(), ""};
        for (const auto& finding : report.sorted()) parsed.findings += finding.text() + "\n";
        return parsed;
    }

    static std::string render(const std::string& yaml, const std::map<std::string, std::string>& documents) {
        const Parsed parsed = parse(yaml);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(yaml, std::string(), parsed.findings);
        const auto text = parsed.value.render(DocumentScope(documents));
        return text ? *text : "error: " + text.error().message;
    }

    void testRendering() {
        const std::map<std::string, std::string> documents = {
            {"event",
             R"({"data":{"n":5,"f":1.50,"s":"a\"b","t":true,"z":null,"l":[1,2],"o":{"k":"v"},"inject":"${{ event.id }}"},"id":"e1"})"}};
        const struct {
            const char* yaml;
            const char* want;
        } rows[] = {
            {"${{ event.data.n }}", "5"},
            {"${{ event.data.n + 1 }}", "6"},
            {"${{ event.data.s }}", R"("a\"b")"},
            {"${{ event.data.z }}", "null"},
            {"${{ event.data.o }}", R"({"k":"v"})"},
            {"n=${{ event.data.n }}", R"("n=5")"},
            {"'${{ event.data.s }}!'", R"("a\"b!")"},
            {"'${{ event.data.n }}${{ event.data.t }}'", R"("5true")"},
            {"l=${{ event.data.l }} z=${{ event.data.z }}", R"("l=[1,2] z=null")"},
            {"d=${{ duration('90s') }}", R"("d=90s")"},
            {"x=${{ event.data.n * 2 }}", R"("x=10")"},
            {"$${{ event.id }}", R"("${{ event.id }}")"},
            {"a $${{ b }} ${{ event.id }}", R"("a ${{ b }} e1")"},
            {"${{ event.data.inject }}", R"("${{ event.id }}")"},
            {"x${{ event.data.inject }}", R"("x${{ event.id }}")"},
            {"{a: 1, b: '1', c: [x, ~, true, 1.50], d: {}}", R"({"a":1,"b":"1","c":["x",null,true,1.50],"d":{}})"},
            {"{a: '${{ event.id }}', b: [1, '${{ event.data.t }}'], c: '$${{'}",
             R"({"a":"e1","b":[1,true],"c":"${{"})"},
            {"{a: '$${{ x', b: '$${{ y }}'}", R"({"a":"${{ x","b":"${{ y }}"})"},
            {"[]", "[]"},
            {"'5'", R"("5")"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, std::string(row.want), render(row.yaml, documents));
    }

    void testBytesAreKept() {
        const std::string strange = R"({ "big":12345678901234567890,  "f":1.0e+2, "dup":1, "dup":2, "e":"\u00e9" })";
        const std::map<std::string, std::string> documents = {{"event", R"({"data":)" + strange + "}"}};
        CPPUNIT_ASSERT_EQUAL(strange, render("${{ event.data }}", documents));
        CPPUNIT_ASSERT_EQUAL(R"({"copy":)" + strange + "}", render("{copy: '${{ event.data }}'}", documents));
        CPPUNIT_ASSERT_EQUAL(std::string("1.0e+2"), render("${{ event.data.f }}", documents));
        CPPUNIT_ASSERT_EQUAL(std::string(R"("n 12345678901234567890")"), render("n ${{ event.data.big }}", documents));
        CPPUNIT_ASSERT_EQUAL(std::string(R"("\u00e9")"), render("${{ event.data.e }}", documents));
        CPPUNIT_ASSERT_EQUAL(std::string("\"x\u00e9\""), render("x${{ event.data.e }}", documents));
    }

    void testErrorsNameTheExpression() {
        const std::map<std::string, std::string> documents = {{"event", R"({"data":{"n":5}})"}};
        for (const char* yaml :
             {"${{ event.data.missing }}", "x ${{ event.data.missing }}", "{a: ['${{ event.data.missing }}']}"}) {
            const std::string got = render(yaml, documents);
            CPPUNIT_ASSERT_MESSAGE(got, got.starts_with("error: ${{ event.data.missing }}: "));
        }
        CPPUNIT_ASSERT(
            render("${{ event.data.n + 'a' }}", documents).starts_with("error: ${{ event.data.n + 'a' }}: "));
        CPPUNIT_ASSERT_EQUAL(std::string("error: ${{ 0.0 / 0.0 }}: there is no JSON for this double"),
                             render("${{ 0.0 / 0.0 }}", documents));
    }

    void testMistakesHaveTheirPlace() {
        const struct {
            const char* yaml;
            const char* start;
        } rows[] = {
            {"x ${{ a", "t:1:6: error: this `${{` has no `}}`"},
            {"ab ${{ 1 + }}", "t:1:"},
            {"{k: '${{ a }} ${{ nope(1) }}'}", "t:1:22: error: "},
            {"|\n  line\n  ${{ nope(1) }}", "t:3:7: error: "},
            {"{'${{ a }}': 1}", "t:1:5: error: a key cannot hold an expression"},
            {"{a: .inf}", "t:1:8: error: `.inf` has no form in JSON"},
        };
        for (const auto& row : rows) {
            const std::string findings = parse(row.yaml).findings;
            CPPUNIT_ASSERT_MESSAGE(findings, findings.starts_with(row.start));
        }
    }

    void testReferences() {
        const auto references =
            parse("{a: '${{ x.y }}', b: [\"p ${{ steps.s.output }} ${{ z }}\"]}").value.references();
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), references.size());
        CPPUNIT_ASSERT_EQUAL(std::string("x"), references[0].root);
        CPPUNIT_ASSERT(references[1].fields == (std::vector<std::string>{"s", "output"}));
        CPPUNIT_ASSERT_EQUAL(std::string("z"), references[2].root);
    }

    void testEmptyAndLiteral() {
        const DocumentScope nothing({});
        CPPUNIT_ASSERT(Template().empty());
        CPPUNIT_ASSERT_EQUAL(std::string("null"), *Template().render(nothing));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"a\":1}"), *Template::literal("{\"a\":1}").render(nothing));
        CPPUNIT_ASSERT(!Template::literal("{}").empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TemplateTest);
