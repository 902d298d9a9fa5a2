#include "store/sqlite/reserve.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "support/temp_dir.h"

using namespace stepd::store;
using namespace stepd::test;

/// Space is really set aside, and really given up.
class ReserveTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReserveTest);
    CPPUNIT_TEST(testHoldsItsBlocksUntilItIsReleased);
    CPPUNIT_TEST(testIsFoundByTheNextProcess);
    CPPUNIT_TEST(testWantsAsMuchAgainBesideIt);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::int64_t kBytes = 1 << 20;
    static struct stat look(const std::string& path) {
        struct stat found {};
        CPPUNIT_ASSERT_EQUAL(0, ::stat(path.c_str(), &found));
        return found;
    }

    void testHoldsItsBlocksUntilItIsReleased() {
        const TempDir dir;
        const auto path = dir.file("stepd.reserve");
        ReserveFile reserve(path, kBytes);
        CPPUNIT_ASSERT(!reserve.held() && !reserve.release());
        CPPUNIT_ASSERT(reserve.fill() && reserve.held());
        CPPUNIT_ASSERT_EQUAL(kBytes, std::int64_t{look(path).st_size});
        CPPUNIT_ASSERT(std::int64_t{look(path).st_blocks} * 512 >= kBytes);
        CPPUNIT_ASSERT(reserve.release() && !reserve.held());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, std::int64_t{look(path).st_blocks});
        CPPUNIT_ASSERT(reserve.fill());
    }

    void testIsFoundByTheNextProcess() {
        const TempDir dir;
        const auto path = dir.file("stepd.reserve");
        CPPUNIT_ASSERT(ReserveFile(path, kBytes).fill());
        ReserveFile next(path, kBytes);
        CPPUNIT_ASSERT(next.fill() && next.release());
        ReserveFile larger(path, 2 * kBytes);
        CPPUNIT_ASSERT(larger.fill());
        CPPUNIT_ASSERT_EQUAL(2 * kBytes, std::int64_t{look(path).st_size});
    }

    void testWantsAsMuchAgainBesideIt() {
        const TempDir dir;
        if (::mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=3m") != 0) {
            std::cerr << "SKIPPED: no small file system: mount: " << std::strerror(errno) << "; ";
            return;
        }
        struct Unmount {
            std::string path;
            ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
        } const unmount{dir.path()};
        ReserveFile large(dir.file("large"), 2 * kBytes);
        CPPUNIT_ASSERT(!large.fill() && !large.held());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, std::int64_t{look(dir.file("large")).st_blocks});
        CPPUNIT_ASSERT(ReserveFile(dir.file("small"), kBytes).fill());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReserveTest);
