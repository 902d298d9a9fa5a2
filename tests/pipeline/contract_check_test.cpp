#include "pipeline/contract_check.h"

#include "pipeline/loaded.h"

using namespace stepd;
using namespace stepd::pipeline;

namespace {

constexpr const char* kCrawlConfig = R"({"type": "object", "additionalProperties": false, "properties": {
    "url": {"type": "string", "minLength": 1, "pattern": "^https?://", "description": "where it begins"},
    "mode": {"enum": ["fast", "thorough"]},
    "max_pages": {"type": "integer", "minimum": 1, "maximum": 100},
    "ratio": {"type": "number", "exclusiveMinimum": 0},
    "follow": {"type": "boolean", "default": true},
    "hosts": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 2}]},
    "auth": {"anyOf": [{"$ref": "#/$defs/auth"}, {"type": "null"}]},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "anything": {}},
  "required": ["url"],
  "$defs": {"auth": {"type": "object", "properties": {"user": {"type": "string"}, "tries": {"type": "integer"}},
                     "required": ["user"], "additionalProperties": false}}})";

constexpr const char* kCrawlInput = R"({"type": "object", "properties": {
    "company": {"type": "string"}, "pages": {"type": "array", "items": {"type": "object", "properties":
        {"title": {"type": "string"}, "links": {"type": "array", "items": {"type": "string"}}}, "required": ["title"]}}},
  "required": ["company"]})";

constexpr const char* kCrawlOutput = R"({"type": "object", "additionalProperties": false, "properties": {
    "title": {"type": "string"}, "count": {"type": "integer"}, "share": {"type": "number"}, "done": {"type": "boolean"},
    "company": {"type": ["string", "null"]},
    "pages": {"type": "array", "items": {"$ref": "#/$defs/page"}},
    "raw": {}, "extra": {"type": "object"}, "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    "labels": {"type": "object", "additionalProperties": {"type": "integer"}}},
  "required": ["title", "pages"],
  "$defs": {"page": {"type": "object", "additionalProperties": false, "properties":
      {"url": {"type": "string"}, "size": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/page"}}}}}})";

/// `crawl` has one step type, `shop` two; `mute` has no schemas, `lax` says little.
std::shared_ptr<const PluginContract> contractOf(const std::string& plugin) {
    static const std::map<std::string, std::shared_ptr<const PluginContract>> kAll = {
        {"crawl", std::make_shared<PluginContract>(
                      PluginContract{R"({"max_pages": 7})", {{"crawl", kCrawlConfig, kCrawlInput, kCrawlOutput}}})},
        {"ready", std::make_shared<PluginContract>(PluginContract{
                      R"({"url": "https://a.test"})", {{"crawl", kCrawlConfig, kCrawlInput, kCrawlOutput}}})},
        {"shop",
         std::make_shared<PluginContract>(PluginContract{"{}", {{"reserve", "", "", ""}, {"charge", "", "", ""}}})},
        {"mute", std::make_shared<PluginContract>(PluginContract{"{}", {{"mute", "", "", ""}}})},
        {"lax", std::make_shared<PluginContract>(
                    PluginContract{"{}",
                                   {{"lax", R"({"properties": {"n": {"type": "integer"}}})", R"({"type": "object"})",
                                     R"({"type": "object", "properties": {"known": {"type": "string"}}})"}}})},
    };
    const auto found = kAll.find(plugin);
    return found == kAll.end() ? nullptr : found->second;
}

LoadContext context() {
    LoadContext context;
    context.contracts = contractOf;
    return context;
}

/// The findings without file and place: `message (hint)`, one a line.
std::string findingsOf(const std::string& steps) {
    const auto loaded = loadText("version: 1\nid: p\non: [{event: e}]\nvars: {depth: 3}\n" + steps, context());
    std::string out;
    for (const auto& finding : loaded.findings) {
        out += (out.empty() ? "" : "\n") + finding.message;
        if (!finding.hint.empty()) out += " (" + finding.hint + ")";
    }
    return out;
}

/// One step of `crawl` with this `with`.
std::string withFindings(const std::string& with) {
    return findingsOf("steps: [{id: a, uses: crawl, input: {company: x}, with: " + with + "}]\n");
}
std::string inputFindings(const std::string& input) {
    return findingsOf("steps: [{id: a, uses: ready, input: " + input + "}]\n");
}
/// A step `a` of `crawl`, and one behind it that has `line`.
std::string behind(const std::string& line) {
    return findingsOf("steps:\n  - {id: a, uses: ready, input: {company: x}}\n  - id: b\n    uses: mute\n    " + line +
                      "\n");
}

struct Row {
    const char* text;
    const char* want;
};
template <std::size_t N>
void expect(const Row (&rows)[N], std::string (&findings)(const std::string&)) {
    for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.want), findings(row.text));
}

}  // namespace

/// Steps are held to what their plugins say of themselves.
class ContractCheckTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ContractCheckTest);
    CPPUNIT_TEST(testPlaceAndHintOfAFinding);
    CPPUNIT_TEST(testConfigurationsThatCannotWork);
    CPPUNIT_TEST(testConfigurationsThatMayWork);
    CPPUNIT_TEST(testOptionsOfTheDaemonCount);
    CPPUNIT_TEST(testInputsThatCannotWork);
    CPPUNIT_TEST(testInputsThatMayWork);
    CPPUNIT_TEST(testFieldsOfOutputs);
    CPPUNIT_TEST(testTypesOfOutputsFlowOn);
    CPPUNIT_TEST(testWhatMayBeThereIsNoFinding);
    CPPUNIT_TEST(testItemsHaveTheirType);
    CPPUNIT_TEST(testStepTypes);
    CPPUNIT_TEST(testUnknownPluginsAreLeftAlone);
    CPPUNIT_TEST(testStoredRevisionsAreNotHeldToIt);
    CPPUNIT_TEST_SUITE_END();

    void testPlaceAndHintOfAFinding() {
        const auto loaded = loadText(
            "version: 1\nid: p\non: [{event: e}]\nsteps:\n"
            "  - id: a\n    uses: crawl\n    input: {company: x}\n    with:\n      url: https://a.test\n      "
            "max_page: 5\n"
            "  - id: b\n    uses: crawl\n    input: {company: '${{ steps.a.output.titel }}'}\n",
            context());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, loaded.findings.size());
        CPPUNIT_ASSERT(loaded.pipeline == nullptr);
        const auto text = [&](std::size_t i) {
            const std::string all = loaded.findings[i].text();
            return all.substr(all.find("p.yaml"));
        };
        CPPUNIT_ASSERT_EQUAL(
            std::string("p.yaml:10:7: error: unknown key `max_page`\n    hint: did you mean `max_pages`?"), text(0));
        CPPUNIT_ASSERT_EQUAL(std::string("p.yaml:12:11: error: `url` is missing\n    hint: where it begins"), text(1));
        CPPUNIT_ASSERT_EQUAL(std::string("p.yaml:13:27: error: `steps.a.output` has no field `titel`\n"
                                         "    hint: did you mean `title`?"),
                             text(2));
        CPPUNIT_ASSERT_EQUAL(std::string("steps[0].with.max_page"), loaded.findings[0].path);
        CPPUNIT_ASSERT_EQUAL(std::string("steps[1].with.url"), loaded.findings[1].path);
    }

    void testConfigurationsThatCannotWork() {
        expect(
            {
                {"{}", "`url` is missing (where it begins)"},
                {"{url: 5}", "`url` must be a text, not a number"},
                {"{url: ''}", "`url` must not be empty"},
                {"{url: ftp://a}", "`url` does not have the form that is expected (it must match `^https?://`)"},
                {"{url: http://a, mode: fats}", "`mode` must be one of `fast`, `thorough` (did you mean `fast`?)"},
                {"{url: http://a, mode: 3}", "`mode` must be one of `fast`, `thorough`"},
                {"{url: http://a, max_pages: 0}", "`max_pages` must be between 1 and 100"},
                {"{url: http://a, max_pages: 1.5}", "`max_pages` must be a whole number"},
                {"{url: http://a, max_pages: many}", "`max_pages` must be a whole number, not a text"},
                {"{url: http://a, ratio: 0}", "`ratio` must be above 0"},
                {"{url: http://a, follow: 'yes'}", "`follow` must be true or false, not a text"},
                {"{url: http://a, hosts: 5}", "`hosts` must be a text or a list, not a number"},
                {"{url: http://a, hosts: [a, 5]}", "`hosts[1]` must be a text, not a number"},
                {"{url: http://a, hosts: [a, b, c]}", "`hosts` must have at most 2 items"},
                {"{url: http://a, auth: {tries: 1}}", "`user` is missing"},
                {"{url: http://a, auth: {user: u, tires: 1}}", "unknown key `tires` (did you mean `tries`?)"},
                {"{url: http://a, headers: {x: [1]}}", "`x` must be a text, not a list"},
                {"{url: http://a, colour: red}",
                 "unknown key `colour` (known here: `url`, `mode`, `max_pages`, `ratio`, `follow`, `hosts`, `auth`, "
                 "`headers`, `anything`)"},
                {"{url: '${{ run.attempt }}'}", "`url` must be a text, not int"},
                {"{url: '${{ vars }}', max_pages: 'page ${{ run.attempt }}'}",
                 "`max_pages` must be a whole number, not string"},
                {"{url: http://a, headers: '${{ [1] }}'}", "`headers` must be a mapping, not list(int)"},
                {"{url: http://a, hosts: '${{ [1] }}'}", "`hosts[]` must be a text, not int"},
            },
            withFindings);
    }

    void testConfigurationsThatMayWork() {
        for (const char* with :
             {"{url: http://a}", "{url: '${{ event.data.url }}', max_pages: '${{ vars.depth }}'}",
              "{url: 'https://${{ event.data.host }}/'}", "{url: '${{ secrets.url }}', mode: '${{ event.name }}'}",
              "{url: http://a, max_pages: 5.0, ratio: 1, auth: null}", "{url: http://a, follow: , anything: [{}]}",
              "{url: http://a, hosts: '${{ event.data.hosts }}'}", "{url: http://a, auth: {user: '${{ event.id }}'}}",
              "{url: 'http://$${{ literal }}'}", "{url: http://a, headers: {a: b, c: '${{ event.data }}'}}"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(with, std::string(), withFindings(with));
    }

    void testOptionsOfTheDaemonCount() {
        CPPUNIT_ASSERT_EQUAL(std::string(), findingsOf("steps: [{id: a, uses: ready, input: {company: x}}]\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("`url` is missing (where it begins)"),
                             findingsOf("steps: [{id: a, uses: crawl, input: {company: x}}]\n"));
    }

    void testInputsThatCannotWork() {
        expect(
            {
                {"{}", "`company` is missing"},
                {"{company: [a]}", "`company` must be a text, not a list"},
                {"just text", "`input` must be a mapping, not a text"},
                {"{company: x, pages: {}}", "`pages` must be a list, not a mapping"},
                {"{company: x, pages: [{title: t}, {links: []}]}", "`title` is missing"},
                {"{company: x, pages: [{title: t, links: [a, 1]}]}", "`links[1]` must be a text, not a number"},
                {"'${{ run.attempt }}'", "`input` must be a mapping, not int"},
                {"{company: '${{ run }}'}", "`company` must be a text, not an object"},
                {"'${{ run }}'", "`input` has no `company`, which is needed"},
                {"{company: x, pages: '${{ [1, 2] }}'}", "`pages[]` must be a mapping, not int"},
            },
            inputFindings);
    }

    void testInputsThatMayWork() {
        for (const char* input :
             {"{company: x, more: 1}", "{company: '${{ event.data.c }}'}", "'${{ event.data }}'",
              "{company: x, pages: '${{ event.data.pages }}'}", "{company: x, pages: [{title: '${{ event.data.t }}'}]}",
              "{company: x, pages: '${{ [] }}'}", "'${{ vars }}'", "{company: null}"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(input, std::string(), inputFindings(input));
    }

    void testFieldsOfOutputs() {
        expect(
            {
                {"if: steps.a.output.titel == ''", "`steps.a.output` has no field `titel` (did you mean `title`?)"},
                {"if: has(steps.a.output.page)", "`steps.a.output` has no field `page` (did you mean `pages`?)"},
                {"input: {x: \"${{ steps.a.output['tile'] }}\"}",
                 "`steps.a.output` has no field `tile` (did you mean `title`?)"},
                {"input: '${{ steps.a.output.pages[0].sise }}'", "`pages` has no field `sise` (did you mean `size`?)"},
                {"input: '${{ steps.a.output.pages[0].children[0].sise }}'",
                 "`children` has no field `sise` (did you mean `size`?)"},
                {"input: '${{ steps.a.output.pages.map(p, p.titel) }}'",
                 "`p` has no field `titel` (it has `url`, `size`, `children`)"},
                {"input: '${{ steps.a.output.title.more }}'", "a value of type string has no field `more`"},
            },
            behind);
    }

    void testTypesOfOutputsFlowOn() {
        expect(
            {
                {"if: steps.a.output.title", "`if` must be bool, not string"},
                {"if: steps.a.output.count > 'x'", "no overload: int > string (there is string > string)"},
                {"foreach: {items: steps.a.output.title}", "`items` must be a list, not string"},
                {"if: steps.a.output.labels.x == 'y'",
                 "no overload: int == string (convert one side, or compare dyn(x))"},
            },
            behind);
        CPPUNIT_ASSERT_EQUAL(std::string("`company` must be a text, not int"),
                             findingsOf("steps:\n  - {id: a, uses: ready, input: {company: x}}\n"
                                        "  - {id: b, uses: ready, input: {company: '${{ steps.a.output.count }}'}}\n"));
    }

    void testWhatMayBeThereIsNoFinding() {
        for (const char* line :
             {"if: steps.a.output != null", "if: steps.a.output.company == null", "if: steps.a.output.title != null",
              "if: steps.a.output.company.startsWith('x')", "if: has(steps.a.output.extra.anything.at.all)",
              "if: steps.a.output.raw.x.y == 5", "if: steps.a.output.either == 'x' || steps.a.output.either == 4",
              "if: steps.a.output.share > 0.5 || steps.a.output.share > 1", "if: steps.a.output.labels.x > 1",
              "if: size(steps.a.output.pages) > 0 && steps.a.output.pages[0].size > 1",
              "if: steps.a.output.pages.exists(p, p.url.contains('x'))", "input: '${{ steps.a.output }}'",
              "if: \"'title' in steps.a.output\"", "if: steps.a.output.?company.orValue('') == ''",
              "if: steps.a.ok && steps.a.state == 'completed' && steps.a.error.code == ''"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(line, std::string(), behind(line));
        CPPUNIT_ASSERT_EQUAL(std::string(), findingsOf("steps:\n  - {id: a, uses: lax}\n  - id: b\n    uses: mute\n"
                                                       "    if: steps.a.output.unknown.field == 5\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("`if` must be bool, not string"),
                             findingsOf("steps:\n  - {id: a, uses: lax}\n  - id: b\n    uses: mute\n"
                                        "    if: steps.a.output.known\n"));
    }

    void testItemsHaveTheirType() {
        const std::string head = "steps:\n  - {id: a, uses: ready, input: {company: x}}\n";
        const std::string loop = "  - id: b\n    uses: ready\n    foreach: {items: steps.a.output.pages, as: page}\n";
        CPPUNIT_ASSERT_EQUAL(std::string(), findingsOf(head + loop + "    input: {company: '${{ page.url }}'}\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("`page` has no field `ulr` (did you mean `url`?)"),
                             findingsOf(head + loop + "    input: {company: '${{ page.ulr }}'}\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("`company` must be a text, not int"),
                             findingsOf(head + loop + "    input: {company: '${{ page.size }}'}\n"));
        const std::string end = "  - id: c\n    uses: mute\n    input: ";
        CPPUNIT_ASSERT_EQUAL(std::string(), findingsOf(head + loop + "    input: {company: x}\n" + end +
                                                       "'${{ steps.b.output.map(o, o.title) }}'\n"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("a value of type list(steps.b.output) has no field `title`"),
            findingsOf(head + loop + "    input: {company: x}\n" + end + "'${{ steps.b.output.title }}'\n"));
        const std::string group =
            "  - id: g\n    foreach: {items: steps.a.output.pages}\n    steps:\n"
            "      - {id: first, uses: ready, input: {company: '${{ item.url }}'}}\n"
            "      - {id: last, uses: ready, input: {company: '${{ steps.first.output.title }}'}}\n";
        CPPUNIT_ASSERT_EQUAL(std::string("`steps.last.output` has no field `tilte` (did you mean `title`?)"),
                             findingsOf(head + group + end + "'${{ steps.g.output[0].tilte }}'\n"));
    }

    void testStepTypes() {
        CPPUNIT_ASSERT_EQUAL(std::string(), findingsOf("steps: [{id: a, uses: shop/charge}]\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("the plugin `shop` has no step type `chrage` (did you mean `shop/charge`?)"),
                             findingsOf("steps: [{id: a, uses: shop/chrage}]\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("`shop` has several step types (name one: `shop/reserve`, `shop/charge`)"),
                             findingsOf("steps: [{id: a, uses: shop}]\n"));
    }

    void testUnknownPluginsAreLeftAlone() {
        CPPUNIT_ASSERT_EQUAL(std::string(), findingsOf("steps: [{id: a, uses: other, with: {x: 1}, input: 5}]\n"));
        CPPUNIT_ASSERT_EQUAL(std::string(), findingsOf("steps: [{id: a, uses: mute, with: {x: 1}, input: 5}]\n"));
    }

    /// Runs in flight go on with it, whatever the plugin says today.
    void testStoredRevisionsAreNotHeldToIt() {
        const auto stored =
            good("version: 1\nid: p\non: [{event: e}]\nsteps: [{id: a, uses: crawl, with: {old: 1}}]\n");
        CPPUNIT_ASSERT(loadSource(stored->source).pipeline != nullptr);
        CPPUNIT_ASSERT(
            loadText("version: 1\nid: p\non: [{event: e}]\nsteps: [{id: a, uses: crawl, with: {old: 1}}]\n", context())
                .pipeline == nullptr);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ContractCheckTest);
