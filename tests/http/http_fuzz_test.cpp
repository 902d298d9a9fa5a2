#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "http/grammar_cases.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

using namespace stepd::http;

/// The fuzz target without a fuzzer: its corpus, the table of raw requests, and mutations of them from a fixed seed.
/// The target aborts where an invariant fails.
class HttpFuzzTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HttpFuzzTest);
    CPPUNIT_TEST(testReplaysTheCorpus);
    CPPUNIT_TEST(testRawRequestsInPieces);
    CPPUNIT_TEST(testMutations);
    CPPUNIT_TEST_SUITE_END();

    static void feed(const std::string& bytes) {
        CPPUNIT_ASSERT_EQUAL(0,
                             LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    }

    void testReplaysTheCorpus() {
        int files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(STEPD_HTTP_CORPUS)) {
            std::ifstream file(entry.path(), std::ios::binary);
            feed(std::string(std::istreambuf_iterator<char>(file), {}));
            ++files;
        }
        CPPUNIT_ASSERT(files >= 10);
    }

    void testRawRequestsInPieces() {
        for (const auto& row : test::grammarCases())
            for (char piece = 0; piece < 32; piece += row.bytes.size() < 1000 ? 1 : 31) feed(piece + row.bytes);
    }

    void testMutations() {
        std::mt19937_64 random(20260102);
        const auto& cases = test::grammarCases();
        for (int i = 0; i < 20'000; ++i) {
            const std::string& first = cases[random() % cases.size()].bytes;
            const std::string& second = cases[random() % cases.size()].bytes;
            if (first.size() + second.size() > 2000) continue;
            std::string bytes = static_cast<char>(random() % 256) + first + second;
            for (auto changes = random() % 4; changes > 0; --changes) {
                const std::size_t at = random() % bytes.size();
                switch (random() % 3) {
                    case 0: bytes[at] = "\r\n\0 :0;%,/\tA"[random() % 12]; break;
                    case 1: bytes.erase(at, 1 + random() % 3); break;
                    case 2: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 8)); break;
                }
                if (bytes.empty()) bytes = "x";
            }
            feed(bytes);
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HttpFuzzTest);
