#include "pipeline/expression_text.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::pipeline;

class ExpressionTextTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ExpressionTextTest);
    CPPUNIT_TEST(testCuts);
    CPPUNIT_TEST(testOffsets);
    CPPUNIT_TEST(testUnclosed);
    CPPUNIT_TEST_SUITE_END();

    /// Texts as they are, expressions in angle brackets.
    static std::string picture(const std::string& scalar) {
        std::string out;
        const Pieces cut = splitExpressions(scalar);
        for (const auto& piece : cut.pieces) out += piece.expression ? "<" + piece.text + ">" : "[" + piece.text + "]";
        if (cut.unclosed) out += "unclosed at " + std::to_string(*cut.unclosed);
        return out;
    }

    void testCuts() {
        const struct {
            const char* scalar;
            const char* want;
        } rows[] = {
            {"", ""},
            {"plain", "[plain]"},
            {"${{ a }}", "<a>"},
            {"${{a}}", "<a>"},
            {"${{\n  a\n}}", "<a>"},
            {"x ${{ a }} y ${{ b }}", "[x ]<a>[ y ]<b>"},
            {"${{ a }}${{ b }}", "<a><b>"},
            {"$${{ a }}", "[${{ a }}]"},
            {"$${{ ${{ a }} }}", "[${{ ]<a>[ }}]"},
            {"$$${{ a }}", "[$${{ a }}]"},
            {"$ {{ a }} ${ b }", "[$ {{ a }} ${ b }]"},
            {"${{ {'a': {'b': 1}} }}", "<{'a': {'b': 1}}>"},
            {"${{ {'a': {'b': 1}}}}", "<{'a': {'b': 1}}>"},
            {"${{ '}}' + \"}}\" }}", "<'}}' + \"}}\">"},
            {"${{ 'it\\'s }}' }}", "<'it\\'s }}'>"},
            {"${{ r'\\' + '}}' }}", "<r'\\' + '}}'>"},
            {"${{ '''a'}}''' }}", "<'''a'}}'''>"},
            {"${{ }}", "<>"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.scalar, std::string(row.want), picture(row.scalar));
    }

    void testOffsets() {
        const Pieces cut = splitExpressions("ab ${{  x }}cd");
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), cut.pieces.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), cut.pieces[0].offset);
        CPPUNIT_ASSERT_EQUAL(std::size_t(8), cut.pieces[1].offset);
        CPPUNIT_ASSERT_EQUAL(std::size_t(12), cut.pieces[2].offset);
    }

    void testUnclosed() {
        for (const char* scalar : {"ab ${{ x", "ab ${{ x }", "ab ${{ '}}", "ab ${{ {'a': 1 }}"})
            CPPUNIT_ASSERT_MESSAGE(scalar, picture(scalar).ends_with("unclosed at 3"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ExpressionTextTest);
