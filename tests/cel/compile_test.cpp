#include "cel_fixture.h"

using namespace stepd;

/// What is found wrong before anything is evaluated, and where.
class CompileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CompileTest);
    CPPUNIT_TEST(testSyntaxErrorsHaveTheirPlace);
    CPPUNIT_TEST(testNamesAndCallsAreChecked);
    CPPUNIT_TEST(testAllFindingsAreReported);
    CPPUNIT_TEST(testMacrosCanBeTurnedOff);
    CPPUNIT_TEST(testDepthAndSizeAreBounded);
    CPPUNIT_TEST(testReferences);
    CPPUNIT_TEST(testPathIsOneChainOfSelections);
    CPPUNIT_TEST(testEqualityThatMustHold);
    CPPUNIT_TEST(testContainerResolvesNames);
    CPPUNIT_TEST_SUITE_END();

    static cel::CompileOptions withRoots(std::vector<std::string> roots) {
        cel::CompileOptions options;
        options.roots = std::move(roots);
        return options;
    }

    void testSyntaxErrorsHaveTheirPlace() {
        const struct {
            const char* source;
            const char* want;
        } rows[] = {
            {"", "1:1: unexpected the end: expected a value"},
            {"1 +", "1:4: unexpected the end: expected a value"},
            {"1 2", "1:3: unexpected `2`: the expression should end here"},
            {"a ==\n\n  )", "3:3: unexpected `)`: expected a value"},
            {"\"\u00e9\u00e9\" + ;", "1:8: this character has no meaning here"},
            {"a = b", "1:3: this character has no meaning here (equality is written ==)"},
            {"(a", "1:3: unexpected the end: expected `)`"},
            {"[1, 2", "1:6: unexpected the end: expected `]`"},
            {"{\"a\" 1}", "1:6: unexpected `1`: expected `:`"},
            {"f(1", "1:4: unexpected the end: expected `)`"},
            {"a.", "1:3: unexpected the end: expected the name of a field"},
            {"a.in", "1:3: unexpected `in`: expected the name of a field"},
            {"a ? b", "1:6: unexpected the end: expected `:`"},
            {"'abc", "1:1: the string does not end (a string over several lines stands in triple quotes)"},
            {"x == 'abc\n'", "1:6: the string does not end (a string over several lines stands in triple quotes)"},
            {"'''abc", "1:1: the string does not end"},
            {"'ab\\q'", "1:4: this escape sequence has no meaning"},
            {"'\\ud800'", "1:2: this escape sequence has no meaning"},
            {"b'\\u0041'", "1:3: this escape sequence has no meaning"},
            {"1 + 12abc", "1:5: this is no number"},
            {"9223372036854775808", "1:1: the number does not fit 64 bits"},
            {"18446744073709551616u", "1:1: the number does not fit 64 bits"},
            {"1e999", "1:1: the number is too large for a double"},
            {"a.`b", "1:5: a name in backticks has letters, digits, spaces and _ . - / and ends with a backtick"},
            {"while", "1:1: unexpected `while`: this word is reserved and cannot be a name"},
            {"Msg{a: 1}", "1:4: unexpected `{`: messages cannot be made here; a map is written {\"key\": value}"},
            {"has(a)", "1:5: has() takes a field selection (write has(x.name); for a key in a variable, key in x)"},
            {"[1].all(1, true)", "1:9: all takes the name of a variable here"},
            {"[1].all(a, a, true)", "1:12: the two variables of all have one name"},
            {"\xFFx", "1:1: the expression is not valid UTF-8"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.source, std::string(row.want), cel::run(row.source));
    }

    void testNamesAndCallsAreChecked() {
        const struct {
            const char* source;
            const char* want;
        } rows[] = {
            {"stesp.a.output", "1:1: unknown name `stesp` (did you mean `steps`?)"},
            {"event.x == nothing", "1:12: unknown name `nothing`"},
            {"[1].map(item, itme)", "1:15: unknown name `itme` (did you mean `item`?)"},
            {"[1].map(x, x) == x", "1:18: unknown name `x`"},
            {"frobnicate(1)", "1:1: unknown function `frobnicate`"},
            {"event.x.startWith('a')", "1:9: unknown function `startWith` (did you mean `startsWith`?)"},
            {"event.x.startsWith()", "1:9: `startsWith` takes 1 argument, not 0"},
            {"event.x.substring(1, 2, 3)", "1:9: `substring` takes 1 to 2 arguments, not 3"},
            {"math.greatest()", "1:1: `math.greatest` takes at least 1 argument, not 0"},
            {"size(1, 2)", "1:1: `size` takes 1 argument, not 2"},
            {"contains('a', 'b')", "1:1: `contains` is called on a value (write x.contains())"},
            {"event.x.sha256()", "1:9: `sha256` is not called on a value (write sha256(x))"},
            {"event.list.all(x)", "1:12: the macro `all` is used otherwise (write list.all(x, condition))"},
            {"event.x.matches('[')", "1:17: not a regular expression: missing ]: [ (the syntax is RE2's)"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.source, std::string(row.want),
                                         cel::run(row.source, "{}", withRoots({"steps", "event"})));
    }

    void testAllFindingsAreReported() {
        CPPUNIT_ASSERT_EQUAL(std::string("1:1: unknown name `a`\n2:3: unknown name `b`\n2:7: unknown function `zzzzz`"),
                             cel::run("a ||\n  b + zzzzz(1)", "{}", withRoots({"event"})));
    }

    void testMacrosCanBeTurnedOff() {
        cel::CompileOptions options;
        options.macros = false;
        options.lateBinding = true;
        CPPUNIT_ASSERT_EQUAL(std::string("error: no function `has` takes these arguments"),
                             cel::run("has(a.b)", "{}", options));
        CPPUNIT_ASSERT_EQUAL(std::string("false"), cel::run("has(a.b)", R"({"a":{}})"));
    }

    static std::string repeated(const std::string& text, int times) {
        std::string out;
        for (int i = 0; i < times; ++i) out += text;
        return out;
    }

    void testDepthAndSizeAreBounded() {
        const std::string deep = "nested deeper than 64 levels";
        for (const char* opening :
             {"(", "[", "{1:", "!", "-(", "a[", "size(", "a ? b : ", "[1].map(x, ", "cel.bind(x, 1, "}) {
            const auto problem =
                cel::run(repeated(opening, 100'000 / static_cast<int>(std::string(opening).size())) + "1");
            CPPUNIT_ASSERT_MESSAGE(opening + (": " + problem), problem.find(deep) != std::string::npos);
        }
        CPPUNIT_ASSERT(cel::run("a" + repeated("[0]", 100)).find(deep) != std::string::npos);
        CPPUNIT_ASSERT(cel::run("1" + repeated(" + 1", 100)).find(deep) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("true"), cel::run("false" + repeated(" || false", 1000) + " || true"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), cel::run(repeated("(", 60) + "1" + repeated(")", 60)));

        const std::string large = "more than 10000 parts";
        CPPUNIT_ASSERT(cel::run("[1" + repeated(",1", 10'000) + "]").find(large) != std::string::npos);
        CPPUNIT_ASSERT(cel::run("a" + repeated(".a", 10'000)).find(large) != std::string::npos);
        CPPUNIT_ASSERT(cel::run("'" + repeated("0123456789", 30'000) + "'").find("longer than") != std::string::npos);
    }

    static std::string text(const cel::Reference& reference) {
        std::string out = reference.root;
        for (const auto& field : reference.fields) out += '/' + field;
        return out + '@' + std::to_string(reference.line) + ':' + std::to_string(reference.column);
    }

    static std::string referencesOf(std::string_view source, const cel::CompileOptions& options = {}) {
        const auto program = cel::compile(source, options);
        CPPUNIT_ASSERT_MESSAGE(std::string(source), static_cast<bool>(program));
        std::string out;
        for (const auto& reference : program->references()) out += (out.empty() ? "" : " ") + text(reference);
        return out;
    }

    void testReferences() {
        const struct {
            const char* source;
            const char* want;
        } rows[] = {
            {"1 + 2", ""},
            {"steps.validate.output.linkedin != null", "steps/validate/output/linkedin@1:1"},
            {"has(steps.a.output)", "steps/a/output@1:5"},
            {"steps['my-step'].`out put`", "steps/my-step/out put@1:1"},
            {"steps.?a[?'b'].c", "steps/a/b/c@1:1"},
            {"event.items[0].id", "event/items@1:1"},
            {"event.items[event.at]", "event/items@1:1 event/at@1:13"},
            {"event.a.size() +\n vars.b", "event/a@1:1 vars/b@2:2"},
            {"event.l.map(x, x.y + event.z)", "event/l@1:1 event/z@1:22"},
            {"cel.bind(x, event.a, x.b)", "event/a@1:13"},
            {"event.l.all(event, event.x)", "event/l@1:1"},
            {"event.l.all(x, .event.x)", "event/l@1:1 event/x@1:17"},
            {"math.abs(event.n)", "event/n@1:10"},
            {"type(event) == map", "event@1:6"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.source, std::string(row.want), referencesOf(row.source));
        CPPUNIT_ASSERT_EQUAL(std::string("a.b/c@1:1"), referencesOf("a.b.c", withRoots({"a", "a.b"})));
    }

    void testPathIsOneChainOfSelections() {
        const auto pathOf = [](const char* source) {
            const auto program = cel::compile(source);
            return program->asPath() ? text(*program->asPath()) : std::string("none");
        };
        CPPUNIT_ASSERT_EQUAL(std::string("event/data@1:1"), pathOf("event.data"));
        CPPUNIT_ASSERT_EQUAL(std::string("event@1:3"), pathOf(" (event)"));
        CPPUNIT_ASSERT_EQUAL(std::string("steps/a-b/output@1:1"), pathOf("steps[\"a-b\"].output"));
        for (const char* source :
             {"1", "event.a + 1", "has(event.a)", "event.?a", "event.a[0]", "event.a[b]", "size(event)", "int", "!a"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(source, std::string("none"), pathOf(source));
    }

    void testEqualityThatMustHold() {
        const struct {
            const char* source;
            const char* want;
        } rows[] = {
            {"a.b.c == e.id", "b.c=7"},
            {"e.id == a.b.c", "b.c=7"},
            {"a['b'].c == 'x' + 'y'", "b.c=\"xy\""},
            {"e.ok && a.b == e.id + 1", "b=8"},
            {"e.ok && (true && 5 == a.b) && a.c == 6", "b=5"},
            {"a.n > 1 && a.b == [1, 2].map(x, x + e.id)[0]", "b=8"},
            {"[1].exists(a, a == 1) && a.b == 1", "b=1"},
            {"a == e.id", "none"},
            {"a.b != e.id", "none"},
            {"a.b == a.c", "none"},
            {"a.b == e.id || e.ok", "none"},
            {"e.ok ? a.b == 1 : true", "none"},
            {"!(a.b == 1)", "none"},
            {"has(a.b) == true", "none"},
            {"a.?b == optional.of(1)", "none"},
            {"a[e.id] == 1", "none"},
            {"[1].all(a, a.b == 1)", "none"},
        };
        for (const auto& row : rows) {
            const auto program = cel::compile(row.source);
            CPPUNIT_ASSERT_MESSAGE(row.source, program);
            std::string got = "none";
            if (const auto equality = program->equalityWith("a")) {
                got.clear();
                for (const auto& field : equality->path) got += (got.empty() ? "" : ".") + field;
                const auto value = equality->value.evaluate(cel::namesFrom(R"({"e":{"id":7,"ok":true}})"));
                CPPUNIT_ASSERT_MESSAGE(row.source, value);
                got += "=" + *cel::toJson(*value);
            }
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.source, std::string(row.want), got);
        }
    }

    void testContainerResolvesNames() {
        auto options = withRoots({"a.b.x", "x", "a.y"});
        options.container = "a.b";
        const char* names = R"({"a.b.x": 1, "x": 2, "a.y": 3})";
        CPPUNIT_ASSERT_EQUAL(std::string("1"), cel::run("x", names, options));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), cel::run(".x", names, options));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), cel::run("y", names, options));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CompileTest);
