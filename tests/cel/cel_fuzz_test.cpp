#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Replays the fuzzer's corpus, each file also cut short at every byte.
class CelFuzzTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CelFuzzTest);
    CPPUNIT_TEST(testCorpusDoesNoHarm);
    CPPUNIT_TEST_SUITE_END();

    void testCorpusDoesNoHarm() {
        int files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(STEPD_CEL_CORPUS)) {
            std::stringstream text;
            text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
            const std::string bytes = text.str();
            for (std::size_t size = 0; size <= bytes.size(); ++size)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    entry.path(), 0, LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), size));
            ++files;
        }
        CPPUNIT_ASSERT(files >= 18);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CelFuzzTest);
