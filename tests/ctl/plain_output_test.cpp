#include "ctl/plain_output.h"

#include <cppunit/extensions/HelperMacros.h>

#include <sstream>

using namespace stepd::ctl;

class PlainOutputTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PlainOutputTest);
    CPPUNIT_TEST(testNobodyElseTellsTheTerminal);
    CPPUNIT_TEST(testCharactersInPieces);
    CPPUNIT_TEST_SUITE_END();

    void testNobodyElseTellsTheTerminal() {
        std::ostringstream stream;
        {
            const PlainOutput plain(stream);
            stream << "a\x1B[2J\tb\r\x07\xC2\x9B\xE2\x80\xAE" << '\x7F' << code(Control::Green) << "ok"
                   << code(Control::Reset) << std::endl;
        }
        CPPUNIT_ASSERT_EQUAL(std::string("a\\u001b[2J\tb\\u000d\\u0007\\u009b\\u202e\\u007f\x1B[32mok\x1B[0m\n"),
                             stream.str());
        stream << '\x1B';
        CPPUNIT_ASSERT(stream.str().ends_with('\x1B'));
    }

    void testCharactersInPieces() {
        std::ostringstream stream;
        {
            const PlainOutput plain(stream);
            for (const char c : std::string("\xC3\xA9\xE2\x9C\x93\xF0\x9F\x9A\x80\xE2\x80\xAE\xE2")) stream << c;
        }
        CPPUNIT_ASSERT_EQUAL(std::string("\xC3\xA9\xE2\x9C\x93\xF0\x9F\x9A\x80\\u202e\\xe2"), stream.str());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PlainOutputTest);
