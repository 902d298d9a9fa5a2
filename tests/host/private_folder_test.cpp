#include "host/private_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "host/host_fixture.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;

/// Temporary directories of workers, and what is left of them.
class PrivateFolderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PrivateFolderTest);
    CPPUNIT_TEST(testFolderIsPrivateAndGoesWithItsOwner);
    CPPUNIT_TEST(testFolderIsMadeElsewhereWhereItsParentIsNotThere);
    CPPUNIT_TEST(testSweepTakesWhatNobodyUses);
    CPPUNIT_TEST(testRemovalCopesWithWhatAPluginMayLeave);
    CPPUNIT_TEST(testRemovalFollowsNoLinks);
    CPPUNIT_TEST_SUITE_END();

    static bool isThere(const std::string& path) { return fs::symlink_status(path).type() != fs::file_type::not_found; }
    static void waitGone(const std::string& path) {
        const Instant end = SystemClock().instant() + kPatience;
        while (isThere(path) && SystemClock().instant() < end) std::this_thread::yield();
        CPPUNIT_ASSERT_MESSAGE(path, !isThere(path));
    }

    void testFolderIsPrivateAndGoesWithItsOwner() {
        const TempDir dir;
        std::optional<host::PrivateFolder> folder(dir.path());
        const std::string path = folder->path();
        CPPUNIT_ASSERT_EQUAL(std::string("stepd-worker-"), path.substr(dir.path().size() + 1, 13));
        CPPUNIT_ASSERT(fs::status(path).permissions() == fs::perms::owner_all);
        folder.reset();
        CPPUNIT_ASSERT(!isThere(path));
    }

    void testFolderIsMadeElsewhereWhereItsParentIsNotThere() {
        const TempDir dir;
        const host::PrivateFolder folder(dir.file("nowhere"));
        CPPUNIT_ASSERT_EQUAL(fs::temp_directory_path().string(), fs::path(folder.path()).parent_path().string());
        CPPUNIT_ASSERT(!isThere(dir.file("nowhere")));
    }

    void testSweepTakesWhatNobodyUses() {
        const TempDir dir;
        const host::PrivateFolder used(dir.path());
        fs::create_directories(dir.file("stepd-worker-left/deep"));
        std::ofstream(dir.file("stepd-worker-left/deep/file")) << "data";
        fs::create_directories(dir.file("outputs"));
        host::sweepPrivateFolders(dir.path());
        waitGone(dir.file("stepd-worker-left"));
        CPPUNIT_ASSERT(isThere(used.path()));
        CPPUNIT_ASSERT(isThere(dir.file("outputs")));
    }

    void testRemovalCopesWithWhatAPluginMayLeave() {
        const TempDir dir;
        const std::string top = dir.file("top");
        fs::create_directory(top);
        // Deeper than there is room in a path, and modes that forbid.
        int at = ::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const std::string name(200, 'd');
        for (int depth = 0; depth < 50; ++depth) {
            CPPUNIT_ASSERT_EQUAL(0, ::mkdirat(at, name.c_str(), 0700));
            const int next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            ::close(at);
            at = next;
        }
        ::close(at);
        fs::create_directories(top + "/shut/x");
        fs::permissions(top + "/shut", fs::perms::none);
        fs::permissions(top, fs::perms::none);
        CPPUNIT_ASSERT(host::removeFolder(top));
        CPPUNIT_ASSERT(!isThere(top));
        CPPUNIT_ASSERT(host::removeFolder(top));  // gone is gone
    }

    void testRemovalFollowsNoLinks() {
        const TempDir dir;
        fs::create_directories(dir.file("kept"));
        std::ofstream(dir.file("kept/file")) << "data";
        fs::create_directories(dir.file("top/a"));
        fs::create_directory_symlink(dir.file("kept"), dir.file("top/link"));
        fs::create_directory_symlink(dir.file("kept"), dir.file("top/a/link"));
        CPPUNIT_ASSERT(host::removeFolder(dir.file("top")));
        CPPUNIT_ASSERT(isThere(dir.file("kept/file")));
        fs::create_directory_symlink(dir.file("kept"), dir.file("top"));
        CPPUNIT_ASSERT(!host::removeFolder(dir.file("top")));
        CPPUNIT_ASSERT(isThere(dir.file("kept/file")));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PrivateFolderTest);
