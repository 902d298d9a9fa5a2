#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <fstream>

#include "stage.h"

using namespace stepd::misbehaving;

/// Plays the tables of README.md, each section against a daemon of its own.
class MisbehavingTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MisbehavingTest);
    CPPUNIT_TEST(testLibraries);
    CPPUNIT_TEST(testLifecycle);
    CPPUNIT_TEST(testDeaths);
    CPPUNIT_TEST(testExceptions);
    CPPUNIT_TEST(testStalls);
    CPPUNIT_TEST(testAnswers);
    CPPUNIT_TEST(testChatter);
    CPPUNIT_TEST_SUITE_END();

    static void play(const std::string& section) {
        const char* only = std::getenv("STEPD_SECTION");
        if (only != nullptr && section != only) return;
        std::ifstream readme(STEPD_MISBEHAVING_TABLES);
        Stage stage(readCases(readme, section));
        const auto objections = stage.play();
        CPPUNIT_ASSERT_MESSAGE(section + ":" + objections, objections.empty());
    }

    void testLibraries() { play("Libraries"); }
    void testLifecycle() { play("Lifecycle"); }
    void testDeaths() { play("Deaths"); }
    void testExceptions() { play("Exceptions"); }
    void testStalls() { play("Stalls"); }
    void testAnswers() { play("Answers"); }
    void testChatter() { play("Chatter"); }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MisbehavingTest);
