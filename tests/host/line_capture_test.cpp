#include "host/line_capture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

using namespace stepd;
using namespace stepd::host;

class LineCaptureTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LineCaptureTest);
    CPPUNIT_TEST(testLinesAreCutWhereverTheBytesAreCut);
    CPPUNIT_TEST(testLongLineComesInPieces);
    CPPUNIT_TEST(testLimiterCountsWhatItDrops);
    CPPUNIT_TEST_SUITE_END();

    void testLinesAreCutWhereverTheBytesAreCut() {
        const std::string text = "one\n\ntwo and\tmore\nlast";
        for (std::size_t piece = 1; piece <= text.size(); ++piece) {
            std::vector<std::string> lines;
            LineCapture capture([&](std::string line) { lines.push_back(std::move(line)); });
            for (std::size_t at = 0; at < text.size(); at += piece)
                capture.feed(std::string_view(text).substr(at, piece));
            capture.flush();
            CPPUNIT_ASSERT((std::vector<std::string>{"one", "", "two and\tmore", "last"}) == lines);
        }
    }

    void testLongLineComesInPieces() {
        std::vector<std::string> lines;
        LineCapture capture([&](std::string line) { lines.push_back(std::move(line)); });
        capture.feed(std::string(10'000, 'x') + "\n");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, lines.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{4096}, lines.front().size());
    }

    void testLimiterCountsWhatItDrops() {
        LineLimiter limiter(2);
        const Instant start(10s);
        for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT_EQUAL(i < 2, limiter.admit(start));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, limiter.takeDropped(start + 999ms));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, limiter.takeDropped(start + 1s));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, limiter.takeDropped(start + 1s));
        CPPUNIT_ASSERT(limiter.admit(start + 1s));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LineCaptureTest);
