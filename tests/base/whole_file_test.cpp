#include "base/whole_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/error.h"
#include "support/temp_dir.h"

using namespace stepd;

class WholeFileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WholeFileTest);
    CPPUNIT_TEST(testReplaceAndRead);
    CPPUNIT_TEST(testWhatCannotBeRead);
    CPPUNIT_TEST(testFailedReplacementLeavesNothing);
    CPPUNIT_TEST_SUITE_END();

    void testReplaceAndRead() {
        const test::TempDir folder;
        const std::string path = folder.file("a");
        for (const std::string& text : {std::string("one"), std::string(), std::string(100'000, 'x')}) {
            replaceFile(path, text, 0640, FileSync::Disk);
            CPPUNIT_ASSERT_EQUAL(text, readWholeFile(path, 100'000).value());
        }
        struct stat status {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path.c_str(), &status));
        CPPUNIT_ASSERT_EQUAL(mode_t{0640}, status.st_mode & 07777);
        CPPUNIT_ASSERT(!readWholeFile(path, 99'999));
    }

    void testWhatCannotBeRead() {
        const test::TempDir folder;
        CPPUNIT_ASSERT(!readWholeFile(folder.file("none"), 10));
        CPPUNIT_ASSERT(!readWholeFile(folder.path(), 10));
    }

    void testFailedReplacementLeavesNothing() {
        const test::TempDir folder;
        std::filesystem::create_directory(folder.file("a"));
        CPPUNIT_ASSERT_THROW(replaceFile(folder.file("a"), "x", 0600, FileSync::None), Error);
        CPPUNIT_ASSERT_THROW(replaceFile(folder.file("no/such"), "x", 0600, FileSync::None), Error);
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, std::distance(std::filesystem::directory_iterator(folder.path()), {}));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(WholeFileTest);
