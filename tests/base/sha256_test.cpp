#include "base/sha256.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

class Sha256Test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(Sha256Test);
    CPPUNIT_TEST(testKnownSums);
    CPPUNIT_TEST(testInPieces);
    CPPUNIT_TEST_SUITE_END();

    /// From FIPS 180-4's examples.
    void testKnownSums() {
        CPPUNIT_ASSERT_EQUAL(std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                             sha256Hex(""));
        CPPUNIT_ASSERT_EQUAL(std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
                             sha256Hex("abc"));
    }

    void testInPieces() {
        Sha256 sum;
        sum.update("a");
        sum.update("");
        sum.update("bc");
        CPPUNIT_ASSERT_EQUAL(sha256Hex("abc"), sum.hex());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(Sha256Test);
