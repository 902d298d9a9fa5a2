#include "website_analyzer/charset.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::website;
using namespace std::string_literals;

class CharsetTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CharsetTest);
    CPPUNIT_TEST(testSourcesInOrder);
    CPPUNIT_TEST(testWindows1252HasNoHoles);
    CPPUNIT_TEST(testErrorsAreCounted);
    CPPUNIT_TEST(testDetectorNeedsEnoughText);
    CPPUNIT_TEST(testContentTypeParameter);
    CPPUNIT_TEST_SUITE_END();

    void testSourcesInOrder() {
        const struct {
            std::string bytes;
            const char* contentType;
            const char* charset;
            const char* text;
        } rows[] = {
            {"\xEF\xBB\xBF\xC3\xA9"s, "text/html; charset=windows-1252", "utf-8", "\xC3\xA9"},
            {"\xFF\xFE\xE9\x00"s, "", "utf-16le", "\xC3\xA9"},
            {"\xFE\xFF\x00\xE9"s, "", "utf-16be", "\xC3\xA9"},
            {"\xE9", "text/html; charset=ISO-8859-1", "windows-1252", "\xC3\xA9"},
            {"\xE4", "text/html; charset=\"iso-8859-7\"", "iso-8859-7", "\xCE\xB4"},
            {"<meta charset='koi8-r'>\xC1", "text/html", "koi8-r", "<meta charset='koi8-r'>\xD0\xB0"},
            {"<META http-equiv=content-type content='text/html; charset=Shift_JIS'>\x82\xA0", "", "windows-31j",
             "<META http-equiv=content-type content='text/html; charset=Shift_JIS'>\xE3\x81\x82"},
            {"<meta charset=utf-16>\xC3\xA9", "", "utf-8", "<meta charset=utf-16>\xC3\xA9"},
            {"<meta charset=koi8-r>\xC1", "text/html; charset=no-such", "koi8-r", "<meta charset=koi8-r>\xD0\xB0"},
            {"<?xml version='1.0' encoding='iso-8859-2'?>\xB1", "", "iso-8859-2",
             "<?xml version='1.0' encoding='iso-8859-2'?>\xC4\x85"},
            {"\xC3\xA9", "", "utf-8", "\xC3\xA9"},
            {"\xC3\xA9", "text/html; charset=iso-8859-1", "utf-8", "\xC3\xA9"},
            {"caf\xE9", "", "windows-1252", "caf\xC3\xA9"},
            {"+ADw-script+AD4-", "text/html; charset=utf-7", "utf-8", "+ADw-script+AD4-"},
        };
        for (const auto& row : rows) {
            const DecodedText got = decodeHtml(row.bytes, row.contentType);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.bytes, std::string(row.charset), got.charset);
            CPPUNIT_ASSERT_EQUAL(std::string(row.text), got.text);
        }
    }

    void testWindows1252HasNoHoles() {
        const DecodedText got = decodeHtml("\x80\x81\x8D\x8F\x90\x9D\x93", "text/html; charset=latin1");
        CPPUNIT_ASSERT_EQUAL("\xE2\x82\xAC\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D\xE2\x80\x9C"s, got.text);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, got.replacements);
    }

    void testErrorsAreCounted() {
        const DecodedText got = decodeHtml(
            "a\xFF"
            "b\xE2\x82"
            "c\0d"s,
            "text/html; charset=utf-8");
        CPPUNIT_ASSERT_EQUAL(
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD"
            "c\xEF\xBF\xBD"
            "d"s,
            got.text);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, got.replacements);
    }

    void testDetectorNeedsEnoughText() {
        const std::string russian =
            "\xCF\xF0\xE8\xE2\xE5\xF2, \xEA\xE0\xEA \xE4\xE5\xEB\xE0 \xF3 \xE2\xE0\xF1 \xF1\xE5\xE3\xEE\xE4\xED\xFF? ";
        CPPUNIT_ASSERT_EQUAL("windows-1252"s, decodeHtml(russian, "").charset);
        std::string much;
        for (int i = 0; i < 10; ++i) much += russian;
        CPPUNIT_ASSERT_EQUAL("windows-1251"s, decodeHtml(much, "").charset);
    }

    void testContentTypeParameter() {
        CPPUNIT_ASSERT_EQUAL("utf-8"s, std::string(charsetParameter("text/html;boundary=x; Charset='utf-8'")));
        CPPUNIT_ASSERT_EQUAL(""s, std::string(charsetParameter("text/html")));
        CPPUNIT_ASSERT_EQUAL(""s, std::string(charsetParameter("text/html;")));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CharsetTest);
