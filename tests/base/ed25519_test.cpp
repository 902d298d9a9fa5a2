#include "base/ed25519.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

using namespace stepd;

class Ed25519Test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(Ed25519Test);
    CPPUNIT_TEST(testVectorOfTheRfc);
    CPPUNIT_TEST(testWhatWasChangedIsNotSigned);
    CPPUNIT_TEST(testKeys);
    CPPUNIT_TEST_SUITE_END();

    // RFC 8032 section 7.1, TEST 2, as PKCS #8 and in base64.
    static constexpr const char* kPrivate =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
        "-----END PRIVATE KEY-----\n";
    static constexpr const char* kPublic = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
    static constexpr const char* kSignature =
        "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==";

    void testVectorOfTheRfc() {
        CPPUNIT_ASSERT_EQUAL(std::string(kPublic), ed25519::publicKeyOf(kPrivate));
        CPPUNIT_ASSERT_EQUAL(std::string(kSignature), ed25519::sign(kPrivate, "\x72"));
        CPPUNIT_ASSERT(ed25519::verify(kPublic, "\x72", kSignature));
    }

    void testWhatWasChangedIsNotSigned() {
        const std::string signature = ed25519::sign(kPrivate, "text");
        CPPUNIT_ASSERT(ed25519::verify(kPublic, "text", signature));
        CPPUNIT_ASSERT(!ed25519::verify(kPublic, "texts", signature));
        CPPUNIT_ASSERT(!ed25519::verify(kPublic, "", signature));
        for (std::size_t at = 0; at < signature.size(); ++at) {
            std::string other = signature;
            other[at] = other[at] == 'B' ? 'C' : 'B';
            CPPUNIT_ASSERT(!ed25519::verify(kPublic, "text", other));
            CPPUNIT_ASSERT(!ed25519::verify(kPublic, "text", signature.substr(0, at)));
        }
    }

    void testKeys() {
        CPPUNIT_ASSERT(ed25519::isPublicKey(kPublic));
        for (const char* none : {"", "PUAX", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zg==", "not base64",
                                 "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgx="})
            CPPUNIT_ASSERT_MESSAGE(none, !ed25519::isPublicKey(none) && !ed25519::verify(none, "text", "AAAA"));
        for (const char* none : {"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"})
            CPPUNIT_ASSERT_THROW(ed25519::sign(none, "text"), Error);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(Ed25519Test);
