#include "torture/trend.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cmath>
#include <functional>

using namespace stepd::torture;

class TrendTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TrendTest);
    CPPUNIT_TEST(testLeakGrows);
    CPPUNIT_TEST(testNoiseSawteethAndWarmUpDoNot);
    CPPUNIT_TEST(testToleranceIsSharp);
    CPPUNIT_TEST(testSlope);
    CPPUNIT_TEST(testShortSeries);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<double> series(const std::function<double(int)>& value) {
        std::vector<double> values;
        for (int i = 0; i < 600; ++i) values.push_back(value(i));
        return values;
    }
    static bool grows(const std::function<double(int)>& value) {
        return Thirds::of(series(value)).grow({.absolute = 2, .relative = 0.05});
    }

    void testLeakGrows() {
        CPPUNIT_ASSERT(grows([](int i) { return 100 + 0.05 * i; }));
        CPPUNIT_ASSERT(grows([](int i) { return 100 + 0.05 * i + 5 * std::sin(i); }));
        CPPUNIT_ASSERT(grows([](int i) { return 100.0 + 10 * (i / 150); }));  // in steps
        CPPUNIT_ASSERT(grows([](int i) { return 100 + 0.05 * i + (i % 50 == 0 ? 500 : 0); }));
    }

    void testNoiseSawteethAndWarmUpDoNot() {
        CPPUNIT_ASSERT(!grows([](int) { return 100; }));
        CPPUNIT_ASSERT(!grows([](int i) { return 100 + 30 * std::sin(i); }));
        CPPUNIT_ASSERT(!grows([](int i) { return 100 + i % 60; }));
        CPPUNIT_ASSERT(!grows([](int i) { return 100 - 0.1 * i; }));
        CPPUNIT_ASSERT(!grows([](int i) { return i < 150 ? i : 150; }));
        CPPUNIT_ASSERT(!grows([](int i) { return i == 599 ? 10'000 : 100; }));
    }

    void testToleranceIsSharp() {
        const Thirds thirds{.first = 100, .middle = 103, .last = 107};
        CPPUNIT_ASSERT(!thirds.grow({.absolute = 2, .relative = 0.05}));
        CPPUNIT_ASSERT(thirds.grow({.absolute = 1.9, .relative = 0.05}));
        CPPUNIT_ASSERT(!Thirds({.first = 100, .middle = 99, .last = 200}).grow({}));
    }

    void testSlope() {
        const auto x = series([](int i) { return i; });
        CPPUNIT_ASSERT_DOUBLES_EQUAL(2.5, slope(x, series([](int i) { return 7 + 2.5 * i; })), 1e-9);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0, slope(series([](int) { return 3; }), x), 1e-9);
    }

    void testShortSeries() {
        CPPUNIT_ASSERT(!Thirds::of({}).grow({}));
        CPPUNIT_ASSERT(!Thirds::of({1}).grow({.absolute = 1}));
        CPPUNIT_ASSERT(Thirds::of({1, 2, 3}).grow({}));
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0, slope({}, {}), 0);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TrendTest);
