#include "cel_fixture.h"

using namespace stepd;

/// What is known of types before anything is evaluated.
class TypeCheckTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TypeCheckTest);
    CPPUNIT_TEST(testEveryFormHasItsType);
    CPPUNIT_TEST(testTypesOfVariablesAreFollowed);
    CPPUNIT_TEST(testMistakesHaveTheirPlaceAndAHint);
    CPPUNIT_TEST(testAllMistakesAreReportedOnce);
    CPPUNIT_TEST(testDynFitsEverywhere);
    CPPUNIT_TEST(testNamesWithDots);
    CPPUNIT_TEST_SUITE_END();

    static const cel::TypeEnvironment& variables() {
        static const cel::TypeEnvironment kAll = {
            {"event", cel::Type::parse("event{name: string, data: dyn, ts: timestamp}")},
            {"events", cel::Type::parse("list(event{name: string, data: dyn, ts: timestamp})")},
            {"steps", cel::Type::parse("map(string, step{output: dyn, ok: bool, error: error{code: string}})")},
            {"headers", cel::Type::parse("map(string, string)")},
            {"n", cel::Type(cel::Type::Form::Int)},
        };
        return kAll;
    }

    /// The type, or the mistakes, one a line.
    static std::string typed(std::string_view source) {
        const auto program = cel::compile(source);
        if (!program) return "does not compile: " + program.error()[0].message;
        const auto typing = program->types(variables());
        if (typing.mistakes.empty()) return typing.result.text();
        std::string out;
        for (const auto& issue : typing.mistakes) {
            if (!out.empty()) out += '\n';
            out += std::to_string(issue.line) + ':' + std::to_string(issue.column) + ": " + issue.message;
            if (!issue.hint.empty()) out += " (" + issue.hint + ')';
        }
        return out;
    }

    struct Row {
        const char* source;
        const char* want;
    };
    template <std::size_t N>
    static void expect(const Row (&rows)[N]) {
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL_MESSAGE(row.source, std::string(row.want), typed(row.source));
    }

    void testEveryFormHasItsType() {
        const Row rows[] = {
            {"null", "null"},
            {"1u", "uint"},
            {"b'a'", "bytes"},
            {"int", "type"},
            {"type(1) == int", "bool"},
            {"[]", "list(dyn)"},
            {"[1, 2]", "list(int)"},
            {"[1, 'a']", "list(dyn)"},
            {"[[], [1]]", "list(list(int))"},
            {"[[1], []]", "list(list(int))"},
            {"[[], [[]], [[[]]]]", "list(list(list(list(dyn))))"},
            {"[1, dyn(1)]", "list(dyn)"},
            {"{'a': 1, 'b': 2}", "map(string, int)"},
            {"{'a': 1, 2: 'b'}", "map(dyn, dyn)"},
            {"{'a': 1}.a", "int"},
            {"{'a': 1}['a']", "int"},
            {"{'a': {'b': 1u}}.a.b", "uint"},
            {"['a'][0]", "string"},
            {"has({'a': 1}.a)", "bool"},
            {"('foo' + 'bar').startsWith('foo')", "bool"},
            {"-1.5", "double"},
            {"!true || 1 < 2.0", "bool"},
            {"1 in [1, 2]", "bool"},
            {"'a' in {'a': 1}", "bool"},
            {"true ? 1 : 2", "int"},
            {"true ? 'a' : null", "dyn"},
            {"true ? [] : [1]", "list(int)"},
            {"[1].all(x, x > 0)", "bool"},
            {"[1].filter(x, x > 0)", "list(int)"},
            {"[1].map(x, string(x))", "list(string)"},
            {"[1].map(x, x > 0, [x])", "list(list(int))"},
            {"{'a': 1}.map(k, k)", "list(string)"},
            {"{'a': 1}.filter(k, k != 'a')", "list(string)"},
            {"{'a': 1}.exists(k, v, k == 'a' && v == 1)", "bool"},
            {"{'a': 1}.transformMap(k, v, v + 1)", "map(string, int)"},
            {"['a'].transformMap(i, v, v)", "map(int, string)"},
            {"['a'].transformList(i, v, i)", "list(int)"},
            {"([].map(x, x))[0].foo", "dyn"},
            {"cel.bind(x, 1, x + x)", "int"},
            {"optional.none()", "optional(dyn)"},
            {"[optional.none(), optional.of(1)]", "list(optional(int))"},
            {"[optional.of(1), optional.of(dyn(1))]", "list(optional(dyn))"},
            {"optional.of(1).optMap(x, string(x))", "optional(string)"},
            {"optional.of(1).optFlatMap(x, optional.of(string(x)))", "optional(string)"},
            {"optional.of({'a': 1}).a", "optional(int)"},
            {"{'a': 1}.?a", "optional(int)"},
            {"[1][?0].orValue(2)", "int"},
            {"[?optional.of(1), 2]", "list(int)"},
            {"{?'a': optional.of(1)}", "map(string, int)"},
            {"math.greatest(1, 2)", "int"},
            {"math.greatest(1, 2.0)", "dyn"},
            {"math.least([1u, 2u])", "uint"},
            {"'a,b'.split(',')", "list(string)"},
            {"timestamp('2024-01-01T00:00:00Z') - timestamp(0)", "duration"},
            {"timestamp(0) + duration('1s')", "timestamp"},
            {"duration('1s').getHours()", "int"},
            {"base64.decode('YQ==')", "bytes"},
            {"sha256([1]) + json({}) + host('a')", "string"},
            {"'a'.matches('b')", "bool"},
        };
        expect(rows);
    }

    void testTypesOfVariablesAreFollowed() {
        const Row rows[] = {
            {"event", "event"},
            {"event.name", "string"},
            {"event['name']", "string"},
            {"event.?name", "optional(string)"},
            {"event.data.anything.at.all", "dyn"},
            {"event.ts + duration('1h') > event.ts", "bool"},
            {"events[0].ts", "timestamp"},
            {"events.map(e, e.name)", "list(string)"},
            {"events.size() > n", "bool"},
            {"steps.a.ok && !steps['b'].ok", "bool"},
            {"steps.a.error != null && steps.a.error.code == 'x'", "bool"},
            {"headers['x'] + headers.y", "string"},
            {"event == {'name': 'a'}", "bool"},
            {"'name' in event && size(event) > 1", "bool"},
            {"event.map(k, k)", "list(string)"},
            {"event.all(k, v, v != null)", "bool"},
            {"event.data.n + n", "int"},
            {"unknown.x + 'a'", "string"},
        };
        expect(rows);
    }

    void testMistakesHaveTheirPlaceAndAHint() {
        const Row rows[] = {
            {"event.name == 5", "1:12: no overload: string == int (convert one side, or compare dyn(x))"},
            {"[1] != ['a']", "1:5: no overload: list(int) != list(string) (convert one side, or compare dyn(x))"},
            {"n == null", "1:3: no overload: int == null (convert one side, or compare dyn(x))"},
            {"n + 1.0", "1:3: no overload: int + double (there are int + int and double + double)"},
            {"true - true",
             "1:6: no overload: bool - bool (there are int - int, uint - uint, double - double, timestamp - timestamp, "
             "timestamp - duration and duration - duration)"},
            {"'a' < 1", "1:5: no overload: string < int (there is string < string)"},
            {"n in event.name", "1:3: no overload: int in string (there are A in list(A) and A in map(A, B))"},
            {"'a' in [1]", "1:5: no overload: string in list(int) (there is A in list(A))"},
            {"-'a'", "1:1: no overload: -string (there are -int and -double)"},
            {"!n", "1:1: no overload: !int (there is !bool)"},
            {"n.startsWith('a')", "1:3: no overload: int.startsWith(string) (there is string.startsWith(string))"},
            {"event.name.substring('a')",
             "1:12: no overload: string.substring(string) (there is string.substring(int))"},
            {"size(n)",
             "1:1: no overload: size(int) (there are size(string), size(bytes), size(list(A)) and size(map(A, B)))"},
            {"[1]['a']", "1:4: no overload: list(int)[string] (there is list(A)[int])"},
            {"event.name[0]", "1:11: no overload: string[int] (there are list(A)[int] and optional(list(A))[int])"},
            {"n.matches('a')", "1:3: no overload: int.matches(string) (there is string.matches(string))"},
            {"[1].join()", "1:5: no overload: list(int).join() (there is list(string).join())"},
            {"math.isNaN(n)", "1:1: no overload: math.isNaN(int) (there is math.isNaN(double))"},
            {"n && true", "1:1: an operand of && must be bool, not int"},
            {"true || 'a'", "1:9: an operand of || must be bool, not string"},
            {"n ? 1 : 2", "1:1: the condition of ?: must be bool, not int"},
            {"true ? 1 : 'a'",
             "1:6: the two results of ?: must have one type, not int and string (convert one of them, or write "
             "dyn(x))"},
            {"n.foo", "1:1: a value of type int has no field `foo`"},
            {"has(n.foo)", "1:5: a value of type int has no field `foo`"},
            {"{1: 2}.foo", "1:1: a value of type map(int, int) has no field `foo`"},
            {"event.nam", "1:1: `event` has no field `nam` (did you mean `name`?)"},
            {"event.zzzzzz", "1:1: `event` has no field `zzzzzz` (it has `name`, `data`, `ts`)"},
            {"events[0].zzzzzz", "1:1: `event` has no field `zzzzzz` (it has `name`, `data`, `ts`)"},
            {"steps.a.outptu", "1:1: `steps.a` has no field `outptu` (did you mean `output`?)"},
            {"has(steps.a.outptu)", "1:5: `steps.a` has no field `outptu` (did you mean `output`?)"},
            {"steps['a'].outptu", "1:1: `steps.a` has no field `outptu` (did you mean `output`?)"},
            {"event['nam']", "1:1: `event` has no field `nam` (did you mean `name`?)"},
            {"n.all(x, true)", "1:1: a macro loops over a list or a map, not over a value of type int"},
            {"[1].all(x, x)", "1:12: the condition of a macro must be bool, not int"},
            {"[1].map(x, x + 'a')", "1:14: no overload: int + string (there are int + int and string + string)"},
            {"{1.5: 2}", "1:2: a map has no keys of type double"},
            {"[?1]", "1:3: behind `?` stands an optional, not int (write optional.of(x))"},
            {"n.optMap(x, x)", "1:3: the macro is for an optional, not for int"},
            {"optional.of(1).optFlatMap(x, x)", "1:30: optFlatMap makes an optional, not int (write optMap)"},
            {"true ||\n  event.name > 5", "2:14: no overload: string > int (there is string > string)"},
        };
        expect(rows);
    }

    void testAllMistakesAreReportedOnce() {
        CPPUNIT_ASSERT_EQUAL(std::string("1:3: no overload: int + string (there are int + int and string + string)\n"
                                         "1:21: `event` has no field `nam` (did you mean `name`?)\n"
                                         "1:46: no overload: string * int (there is int * int)"),
                             typed("n + 'a' > 5 || size(event.nam + 'x') == ('a' * 2).size()"));
        CPPUNIT_ASSERT_EQUAL(std::string("1:5: no overload: int + string (there are int + int and string + string)"),
                             typed("((n + 'a') * 2 - 1 > 0) == true"));
    }

    void testDynFitsEverywhere() {
        for (const char* source :
             {"d + 1 == d", "d.startsWith(d)", "d[d].x", "d.all(x, x)", "d && d || !d", "d ? d : d", "-d < d", "d in d",
              "size(d) + d", "d == 'a' || d == 1", "[d, 1, 'a']", "{d: d}", "d.?x.orValue(1) == d", "d.matches(d)",
              "timestamp(d) + d", "optional.of(d).value() + 1", "math.greatest(d, 1)", "d.join(d)",
              "(d + [1])[0] == 'a'"})
            CPPUNIT_ASSERT_MESSAGE(source + (": " + typed(source)), typed(source).find(':') == std::string::npos);
    }

    void testNamesWithDots() {
        const auto program = cel::compile("a.b.c + 1");
        const auto typing = program->types({{"a.b", cel::Type::parse("x{c: string}")}, {"a", cel::Type::parse("int")}});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, typing.mistakes.size());
        CPPUNIT_ASSERT(typing.mistakes[0].message == "no overload: string + int");
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TypeCheckTest);
