#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Replays the corpus of tests/fuzz/exec_fuzz.cpp, and mutations of it from a fixed seed.
class ExecCorpusTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ExecCorpusTest);
    CPPUNIT_TEST(testCorpus);
    CPPUNIT_TEST(testCutAndMutatedStreamsHarmNobody);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<std::string> corpus() {
        std::vector<std::string> streams;
        for (const auto& entry : std::filesystem::directory_iterator(STEPD_TEST_EXEC_CORPUS)) {
            std::ifstream file(entry.path(), std::ios::binary);
            streams.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
        return streams;
    }

    static void run(const std::string& stream) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(stream.data()), stream.size());
    }

    void testCorpus() {
        const auto streams = corpus();
        CPPUNIT_ASSERT_EQUAL(std::size_t{14}, streams.size());
        for (const auto& stream : streams) run(stream);
    }

    void testCutAndMutatedStreamsHarmNobody() {
        std::mt19937_64 random(7);
        for (const auto& stream : corpus()) {
            for (std::size_t cut = 0; cut < stream.size(); ++cut) run(stream.substr(0, cut));
            for (int i = 0; i < 500; ++i) {
                std::string mutated = stream;
                for (auto changes = random() % 4 + 1; changes > 0; --changes)
                    mutated[random() % mutated.size()] = static_cast<char>(random());
                run(mutated);
            }
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ExecCorpusTest);
