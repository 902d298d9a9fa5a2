#include "ctl/text_diff.h"

#include <cppunit/extensions/HelperMacros.h>

using stepd::ctl::unifiedDiff;

class TextDiffTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TextDiffTest);
    CPPUNIT_TEST(testHunks);
    CPPUNIT_TEST(testFarChangesAreTwoHunks);
    CPPUNIT_TEST(testWhollyDifferentTexts);
    CPPUNIT_TEST_SUITE_END();

    /// `count` lines with their numbers from 1; those of `replaced` have another text.
    static std::string lines(int count, int replaced = 0, int second = 0) {
        std::string text;
        for (int i = 1; i <= count; ++i) text += (i == replaced || i == second ? "new" : std::to_string(i)) + "\n";
        return text;
    }

    void testHunks() {
        const struct {
            std::string before, after, want;
        } rows[] = {
            {"", "", ""},
            {"a\n", "a\n", ""},
            {"", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
            {"a\n", "", "@@ -1,1 +0,0 @@\n-a\n"},
            {"a\nb\nc\n", "a\nx\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"},
            {"a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", "@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n"},
        };
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL(row.want, unifiedDiff(row.before, row.after));
    }

    void testFarChangesAreTwoHunks() {
        const std::string near = unifiedDiff(lines(30), lines(30, 10, 17));
        CPPUNIT_ASSERT_EQUAL(std::string("@@ -7,14 +7,14 @@\n"), near.substr(0, near.find('\n') + 1));
        const std::string far = unifiedDiff(lines(30), lines(30, 10, 18));
        CPPUNIT_ASSERT_EQUAL(std::string("@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+new\n 11\n 12\n 13\n"
                                         "@@ -15,7 +15,7 @@\n 15\n 16\n 17\n-18\n+new\n 19\n 20\n 21\n"),
                             far);
    }

    void testWhollyDifferentTexts() {
        std::string other;
        for (int i = 0; i < 3000; ++i) other += "x" + std::to_string(i) + "\n";
        const std::string diff = unifiedDiff(lines(3000), other);
        CPPUNIT_ASSERT_EQUAL(std::string("@@ -1,3000 +1,3000 @@\n"), diff.substr(0, diff.find('\n') + 1));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TextDiffTest);
