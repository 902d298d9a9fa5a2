#include <set>

#include "cel/functions.h"
#include "cel_fixture.h"

using namespace stepd;

/// What one evaluation may cost, whatever the expression and the data.
class LimitsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LimitsTest);
    CPPUNIT_TEST(testLoopsInLoopsEnd);
    CPPUNIT_TEST(testTextThatDoublesEnds);
    CPPUNIT_TEST(testListsThatDoubleEnd);
    CPPUNIT_TEST(testFunctionsCannotMultiply);
    CPPUNIT_TEST(testEveryFunctionPaysForWhatItReads);
    CPPUNIT_TEST(testKeysAndFailuresArePaidFor);
    CPPUNIT_TEST(testNothingHidesTheEnd);
    CPPUNIT_TEST(testPatternsAreBounded);
    CPPUNIT_TEST(testWhatIsTakenFromTheInputCostsNothing);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kUsedUp = "error: the expression takes more steps or memory than an evaluation may";

    static void expectUsedUp(const std::string& source, const std::string& names = "{}",
                             const cel::EvaluateLimits& limits = {}) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(source, std::string(kUsedUp), cel::run(source, names, {}, limits));
    }

    /// `cel.bind(x, START, cel.bind(x, STEP, ... x))`
    static std::string rebound(const std::string& start, const std::string& step, int times) {
        std::string out = "cel.bind(x, " + start + ", ";
        for (int i = 0; i < times; ++i) out += "cel.bind(x, " + step + ", ";
        return out + "x" + std::string(static_cast<std::size_t>(times) + 1, ')');
    }

    void testLoopsInLoopsEnd() {
        const std::string names =
            R"({"l": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32]})";
        expectUsedUp("l.all(a, l.all(b, l.all(c, l.all(d, l.all(e, true)))))", names);
        expectUsedUp("l.map(a, l.map(b, l.map(c, l.map(d, a))))", names);
        expectUsedUp("l.all(a, true)", names, {.steps = 30, .resultBytes = 1000});
        CPPUNIT_ASSERT_EQUAL(std::string("true"),
                             cel::run("l.all(a, true)", names, {}, {.steps = 100, .resultBytes = 0}));
    }

    void testTextThatDoublesEnds() {
        expectUsedUp(rebound("'0123456789abcdef'", "x + x", 40));
        expectUsedUp(rebound("b'0123456789abcdef'", "x + x", 40));
        CPPUNIT_ASSERT(cel::run(rebound("'0123456789abcdef'", "x + x", 10)).size() > 16'000);
    }

    void testListsThatDoubleEnd() {
        expectUsedUp(rebound("[1]", "x + x", 40));
        expectUsedUp(rebound("[1]", "[x, x]", 60));
        expectUsedUp(rebound("{'a': 1}", "{'a': x, 'b': x}", 60));
    }

    void testFunctionsCannotMultiply() {
        const std::string big = "'" + std::string(10'000, 'a') + "'";
        expectUsedUp(big + ".replace('a', " + big + ")");
        expectUsedUp(big + ".split('').join(" + big + ")");
        expectUsedUp("cel.bind(b, " + big + ", " + rebound("b", "'%x'.format([x])", 20) + ")");
        expectUsedUp("cel.bind(b, " + big + ", " + rebound("b", "strings.quote(x + x)", 20) + ")");
    }

    static constexpr std::size_t kLarge = 1U << 20;

    /// Texts that a function reads far into, whatever it looks for.
    static std::vector<cel::Value> largeOf(const cel::Type& type) {
        std::string lengths;
        while (lengths.size() < kLarge) lengths += "1ns";
        switch (type.form()) {
            case cel::Type::Form::Parameter:
            case cel::Type::Form::String:
                return {cel::Value::string(std::string(kLarge, '0')), cel::Value::string(std::string(kLarge, ' ')),
                        cel::Value::string(std::string(kLarge, 'a')), cel::Value::string(lengths)};
            case cel::Type::Form::Bytes: return {cel::Value::bytes(std::string(kLarge, 'a'))};
            case cel::Type::Form::List:
                return {cel::Value::list(std::vector<cel::Value>(kLarge, smallOf(type.arguments()[0])))};
            default: return {};
        }
    }

    static cel::Value smallOf(const cel::Type& type) {
        switch (type.form()) {
            case cel::Type::Form::Parameter:
            case cel::Type::Form::String: return cel::Value::string("a");
            case cel::Type::Form::List: return cel::Value::list({smallOf(type.arguments()[0])});
            case cel::Type::Form::Uint: return cel::Value::uinteger(1);
            case cel::Type::Form::Double: return cel::Value::real(1);
            case cel::Type::Form::Timestamp: return cel::Value::timestamp(cel::TimePoint{1, 0});
            case cel::Type::Form::Optional: return cel::Value::optionalNone();
            default: return cel::Value::integer(1);
        }
    }

    /// Calls with one large argument: either it is too much work, or it makes too much.
    static void expectPaid(const cel::Function& function, const cel::Overload& overload, std::size_t at,
                           const std::string& name) {
        for (const auto& large : largeOf(overload.parameters[at])) {
            std::vector<cel::Value> values;
            for (const auto& parameter : overload.parameters) values.push_back(smallOf(parameter));
            values[at] = large;
            cel::Budget budget({.steps = kLarge / 128, .resultBytes = kLarge / 2});
            static_cast<void>(function.body({values, budget}));
            CPPUNIT_ASSERT_MESSAGE(name + " argument " + std::to_string(at), budget.usedUp());
        }
    }

    void testEveryFunctionPaysForWhatItReads() {
        // These look at nothing inside, or at a few bytes.
        const std::set<std::string> free = {"size(bytes)",
                                            "size(list(A))",
                                            "type(A)",
                                            "dyn(A)",
                                            "optional.of(A)",
                                            "optional.ofNonZeroValue(A)",
                                            "orValue(optional(A), A)",
                                            "string(string)",
                                            "bytes(bytes)",
                                            "bool(string)"};
        // What is sought is not looked at where it is longer than the text, and a pattern has a bound of its own.
        const std::set<std::string_view> seekers = {"matches", "indexOf", "replace", "split"};
        for (const auto& function : cel::allFunctions())
            for (const auto& overload : function.overloads) {
                const auto name = cel::callText({function.name, cel::CallShape::Global, {}}, overload.parameters);
                if (free.contains(name)) continue;
                for (std::size_t at = 0; at < overload.parameters.size(); ++at)
                    if (at != 1 || !seekers.contains(function.name)) expectPaid(function, overload, at, name);
            }
    }

    void testKeysAndFailuresArePaidFor() {
        const std::string text(100'000, '0');
        const std::string names = R"({"m": {"a": 1}, "t": ")" + text + R"(x", "l": [)" + joined(2000) + "]}";
        for (const char* expression : {"l.exists(i, m[t] == i)", "l.exists(i, int(t) == i)", "l.exists(i, t in m)",
                                       "l.exists(i, m[?t].hasValue())", "l.exists(i, timestamp(i).getHours(t) == i)",
                                       "l.exists(i, base64.decode(t) == b'')", "l.all(i, t == t)"})
            expectUsedUp(expression, names);
    }

    static std::string joined(int count) {
        std::string out = "-1";
        for (int i = 0; i < count; ++i) out += ",-1";
        return out;
    }

    void testNothingHidesTheEnd() {
        const std::string bomb = "size(" + rebound("'0123456789abcdef'", "x + x", 40) + ") > 0";
        expectUsedUp(bomb + " || true");
        expectUsedUp("true && (" + bomb + " || true)");
        expectUsedUp("[1].exists(i, " + bomb + " || true)");
        CPPUNIT_ASSERT_EQUAL(std::string("true"), cel::run("true || " + bomb));
    }

    void testPatternsAreBounded() {
        CPPUNIT_ASSERT(cel::run("'a'.matches('((a{100}){100}){100}')").find("not a regular expression") !=
                       std::string::npos);
        CPPUNIT_ASSERT(cel::run("'a'.matches('" + std::string(5000, 'a') + "')").find("longer than 4096 bytes") !=
                       std::string::npos);
        const std::string text = std::string(100'000, 'a');
        expectUsedUp("t.matches('(a?){500}(a?){500}b')", R"({"t": ")" + text + "\"}");
        CPPUNIT_ASSERT_EQUAL(std::string("false"), cel::run("t.matches('(a*)*b')", R"({"t": ")" + text + "\"}"));
        CPPUNIT_ASSERT_EQUAL(std::string("false"), cel::run("t.contains(p)", R"({"t": ")" + text + R"(", "p": ")" +
                                                                                 text.substr(50'000) + "b\"}"));
    }

    void testWhatIsTakenFromTheInputCostsNothing() {
        const std::string names = R"({"t": [")" + std::string(100'000, 'a') + "\"]}";
        CPPUNIT_ASSERT_EQUAL(std::size_t{100'002}, cel::run("t[0]", names, {}, {.steps = 10, .resultBytes = 0}).size());
        expectUsedUp("[t]", names, {.steps = 10, .resultBytes = 1000});
        expectUsedUp("t == [t[0]]", names, {.steps = 10, .resultBytes = 1'000'000});
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LimitsTest);
