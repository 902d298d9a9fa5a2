#include "base/text.h"

#include <cppunit/extensions/HelperMacros.h>

#include <utility>

using namespace stepd;

class TextTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TextTest);
    CPPUNIT_TEST(testUtf8IsStrict);
    CPPUNIT_TEST(testFirstBadByteIsFoundWhereverItStands);
    CPPUNIT_TEST(testJsonStrings);
    CPPUNIT_TEST(testLogTextStaysOnOneLine);
    CPPUNIT_TEST(testPlainText);
    CPPUNIT_TEST_SUITE_END();

    void testUtf8IsStrict() {
        CPPUNIT_ASSERT(isUtf8("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x9A\x80"));
        for (const char* bad : {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80", "\xE0\x80\x80"})
            CPPUNIT_ASSERT(!isUtf8(bad));
    }

    // ASCII is looked at eight bytes at a time.
    void testFirstBadByteIsFoundWhereverItStands() {
        for (std::size_t length = 1; length < 40; ++length)
            for (std::size_t bad = 0; bad < length; ++bad) {
                std::string text(length, 'x');
                CPPUNIT_ASSERT_EQUAL(length, validUtf8Prefix(text));
                text[bad] = '\xFF';
                CPPUNIT_ASSERT_EQUAL(bad, validUtf8Prefix(text));
                text.replace(bad, 1, "\xC3\xA9");
                CPPUNIT_ASSERT_EQUAL(length + 1, validUtf8Prefix(text));
            }
    }

    void testJsonStrings() {
        CPPUNIT_ASSERT_EQUAL(std::string("\"a\\\"b\\\\c\\n\\u0001\xC3\xA9\""), jsonString("a\"b\\c\n\x01\xC3\xA9"));
        CPPUNIT_ASSERT_EQUAL(std::string("\"x\xEF\xBF\xBDy\""), jsonString("x\xFFy"));
    }

    void testLogTextStaysOnOneLine() {
        CPPUNIT_ASSERT_EQUAL(std::string("a\\u000ab\\u001b[31m\\u202e\\xff"),
                             quotedForLog("a\nb\x1B[31m\xE2\x80\xAE\xFF"));
        const std::string cut = quotedForLog(std::string(5000, 'x'));
        CPPUNIT_ASSERT(cut.size() <= 2051 && cut.ends_with("..."));
    }

    void testPlainText() {
        for (const char* good : {"", "1.2.0-rc~1 \"x\" \xC3\xA9\xF0\x9F\x9A\x80"}) {
            CPPUNIT_ASSERT(isPlainText(good));
            CPPUNIT_ASSERT_EQUAL(std::string(good), plainText(good));
        }
        const std::pair<const char*, const char*> rows[] = {
            {"\x1B[2J", "\\u001b[2J"}, {"\r", "\\u000d"},           {"\x7F", "\\u007f"},
            {"\xC2\x9B", "\\u009b"},   {"\xE2\x80\xAE", "\\u202e"}, {"\xE2\x81\xA6", "\\u2066"},
            {"\x9B", "\\x9b"},         {"\a", "\\u0007"},           {"\n\t", "\n\t"},
        };
        for (const auto& [text, shown] : rows) {
            CPPUNIT_ASSERT(!isPlainText(text));
            CPPUNIT_ASSERT_EQUAL(std::string(shown), plainText(text));
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TextTest);
