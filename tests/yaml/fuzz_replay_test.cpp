#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Replays the corpus, each file whole, cut at every eighth of it, and with single bytes changed.
class FuzzReplayTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FuzzReplayTest);
    CPPUNIT_TEST(testCorpus);
    CPPUNIT_TEST_SUITE_END();

    static void feed(const std::string& text) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }

    void testCorpus() {
        const char* corpus = std::getenv("STEPD_TEST_CORPUS");
        CPPUNIT_ASSERT_MESSAGE("STEPD_TEST_CORPUS is not set; run through ctest", corpus != nullptr);
        int files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
            std::ifstream stream(entry.path(), std::ios::binary);
            const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
            feed(text);
            for (std::size_t i = 1; i < 8; ++i) feed(text.substr(0, text.size() * i / 8));
            for (std::size_t i = 0; i < text.size() && i < 512; ++i) {
                for (const char c : {'\t', '{', '*', '"', ':', '\n'}) {
                    std::string changed = text;
                    changed[i] = c;
                    feed(changed);
                }
            }
            ++files;
        }
        CPPUNIT_ASSERT(files >= 10);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FuzzReplayTest);
