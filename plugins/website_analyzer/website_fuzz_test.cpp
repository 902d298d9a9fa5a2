#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Replays the corpus of tests/fuzz/website_fuzz.cpp, and each input cut short at a few places.
class WebsiteFuzzTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WebsiteFuzzTest);
    CPPUNIT_TEST(testCorpus);
    CPPUNIT_TEST_SUITE_END();

    static void run(const std::string& input) {
        CPPUNIT_ASSERT_EQUAL(0,
                             LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()));
    }

    void testCorpus() {
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(WEBSITE_FUZZ_CORPUS)) {
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string input((std::istreambuf_iterator<char>(in)), {});
            for (const std::size_t part : {1, 2, 3, 5, 7}) run(input.substr(0, input.size() / part));
            run(input + input);
            ++files;
        }
        CPPUNIT_ASSERT(files >= 12);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(WebsiteFuzzTest);
