#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "stage.h"

using namespace stepd::misbehaving;
namespace fs = std::filesystem;

/// Plays the tables of README.md, each section against a daemon of its own.
class MisbehavingTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MisbehavingTest);
    CPPUNIT_TEST(testLibraries);
    CPPUNIT_TEST(testFiles);
    CPPUNIT_TEST(testLifecycle);
    CPPUNIT_TEST(testDeaths);
    CPPUNIT_TEST(testExceptions);
    CPPUNIT_TEST(testStalls);
    CPPUNIT_TEST(testAnswers);
    CPPUNIT_TEST(testChatter);
    CPPUNIT_TEST(testTrespass);
    CPPUNIT_TEST(testHogs);
    CPPUNIT_TEST_SUITE_END();

    using Prepare = std::function<void(const std::string& directory)>;

    static void play(const std::string& section, const Prepare& prepare = nullptr) {
        const char* only = std::getenv("STEPD_SECTION");
        if (only != nullptr && section != only) return;
        std::ifstream readme(STEPD_MISBEHAVING_TABLES);
        Stage stage(readCases(readme, section));
        if (prepare) prepare(stage.directory().path());
        const auto objections = stage.play();
        CPPUNIT_ASSERT_MESSAGE(section + ":" + objections, objections.empty());
    }

    /// The libraries of the section Files, as they lie there.
    static void layFiles(const fs::path& directory) {
        const fs::path good = fs::path(STEPD_TEST_PLUGINS) / "c_echo.so";
        for (const char* name : {"is_cut", "is_writable_by_a_group", "is_writable_by_all", "belongs_to_another_user",
                                 "has_another_digest"})
            fs::copy_file(good, directory / (std::string(name) + ".so"));
        fs::create_symlink(good, directory / "is_a_symlink.so");
        fs::create_directory(directory / "is_a_folder.so");
        fs::resize_file(directory / "is_cut.so", 1000);
        std::ofstream(directory / "is_text.so") << "no library";
        std::ofstream(directory / "is_empty.so").flush();
        fs::permissions(directory / "is_writable_by_a_group.so", fs::perms::group_write, fs::perm_options::add);
        fs::permissions(directory / "is_writable_by_all.so", fs::perms::others_write, fs::perm_options::add);
        CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((directory / "is_a_pipe.so").c_str(), 0600));
        // Nobody but root can give files away; then there is no such file, which is refused as well.
        if (::chown((directory / "belongs_to_another_user.so").c_str(), 12345, 12345) != 0)
            fs::remove(directory / "belongs_to_another_user.so");
    }

    void testLibraries() { play("Libraries"); }
    void testFiles() { play("Files", layFiles); }
    void testLifecycle() { play("Lifecycle"); }
    void testDeaths() { play("Deaths"); }
    void testExceptions() { play("Exceptions"); }
    void testStalls() { play("Stalls"); }
    void testAnswers() { play("Answers"); }
    void testChatter() { play("Chatter"); }
    void testTrespass() { play("Trespass"); }
    void testHogs() { play("Hogs"); }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MisbehavingTest);
