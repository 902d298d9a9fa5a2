#include "cel_fixture.h"

using namespace stepd;

/// What one evaluation may cost, whatever the expression and the data.
class LimitsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LimitsTest);
    CPPUNIT_TEST(testLoopsInLoopsEnd);
    CPPUNIT_TEST(testTextThatDoublesEnds);
    CPPUNIT_TEST(testListsThatDoubleEnd);
    CPPUNIT_TEST(testFunctionsCannotMultiply);
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
