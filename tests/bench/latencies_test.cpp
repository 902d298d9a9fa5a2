#include "latencies.h"

#include <cppunit/extensions/HelperMacros.h>

#include "report.h"

using namespace stepd;
using namespace stepd::bench;

class LatenciesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LatenciesTest);
    CPPUNIT_TEST(testQuantilesAreSamples);
    CPPUNIT_TEST(testNothingMeasuredIsZero);
    CPPUNIT_TEST(testMedianOfRepeats);
    CPPUNIT_TEST_SUITE_END();

    void testQuantilesAreSamples() {
        Latencies latencies;
        for (int i = 100; i >= 1; --i) latencies.add(std::chrono::milliseconds(i));
        const struct {
            double q;
            double want;
        } rows[] = {{0.5, 50}, {0.99, 99}, {1, 100}, {0, 1}, {0.995, 100}};
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL(row.want, latencies.millis(row.q));
        latencies.add(1ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t(101), latencies.count());
    }

    void testNothingMeasuredIsZero() { CPPUNIT_ASSERT_EQUAL(0.0, Latencies().millis(0.99)); }

    void testMedianOfRepeats() {
        const Figures median =
            medianOf({{"w", {{"a", 3}, {"b", 10}}}, {"w", {{"a", 1}, {"b", 30}}}, {"w", {{"a", 2}, {"b", 20}}}});
        CPPUNIT_ASSERT_EQUAL(2.0, median.value("a"));
        CPPUNIT_ASSERT_EQUAL(20.0, median.value("b"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LatenciesTest);
