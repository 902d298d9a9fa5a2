#include "host/build_shelf.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/whole_file.h"
#include "host/build_index.h"
#include "host/host_fixture.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;
using namespace std::string_literals;
namespace fs = std::filesystem;

/// What is kept of builds, and what is believed of it afterwards.
class BuildShelfTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(BuildShelfTest);
    CPPUNIT_TEST(testCopiesSurviveARestartAndTheirSource);
    CPPUNIT_TEST(testWithoutADirectoryDescriptorsAreKept);
    CPPUNIT_TEST(testOldestIsForgotten);
    CPPUNIT_TEST(testCopyThatWasChangedIsNone);
    CPPUNIT_TEST(testDirectoryOfOthersIsNotUsed);
    CPPUNIT_TEST(testBadIndexIsAnEmptyOne);
    CPPUNIT_TEST(testIndexIsReadAsItIsWritten);
    CPPUNIT_TEST(testUndeclaredPluginsAreForgotten);
    CPPUNIT_TEST_SUITE_END();

    static host::LibraryPtr write(const std::string& path, const std::string& bytes) {
        std::ofstream(path, std::ios::binary) << bytes;
        return *host::openLibrary(path, "", host::OwnerCheck::Required);
    }
    static host::BuildName nameOf(const host::LibraryPtr& library) { return {library->build, "1", library->sha256}; }
    static void use(host::BuildShelf& shelf, const host::LibraryPtr& library) {
        shelf.use("p", shelf.keep(library), nameOf(library), {});
    }
    static std::size_t copiesIn(const std::string& directory) {
        std::size_t count = 0;
        for (const auto& file : fs::directory_iterator(directory)) count += file.path().extension() == ".so" ? 1 : 0;
        return count;
    }

    void testCopiesSurviveARestartAndTheirSource() {
        const TempDir temp;
        const auto library = write(temp.file("a.so"), "one");
        {
            host::BuildShelf shelf(temp.file("shelf"));
            CPPUNIT_ASSERT_EQUAL(std::string(), shelf.problem());
            const auto copy = shelf.keep(library);
            CPPUNIT_ASSERT(copy->stamp.inode != library->stamp.inode);
            use(shelf, library);
        }
        std::ofstream(temp.file("a.so")) << "something else";
        host::BuildShelf shelf(temp.file("shelf"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, shelf.builds("p").size());
        CPPUNIT_ASSERT(nameOf(library) == shelf.builds("p")[0].name);
        CPPUNIT_ASSERT_EQUAL(library->sha256, *host::sha256Of(shelf.take("p", library->sha256)->file));
        CPPUNIT_ASSERT(!shelf.take("q", library->sha256));
    }

    void testWithoutADirectoryDescriptorsAreKept() {
        const TempDir temp;
        const auto library = write(temp.file("a.so"), "one");
        host::BuildShelf shelf("");
        use(shelf, library);
        fs::remove(temp.file("a.so"));
        CPPUNIT_ASSERT(shelf.take("p", library->sha256) == library);
    }

    void testOldestIsForgotten() {
        const TempDir temp;
        host::BuildShelf shelf(temp.file("shelf"));
        std::vector<host::LibraryPtr> all;
        for (std::size_t i = 0; i < host::BuildShelf::kBuilds + 3; ++i) {
            all.push_back(write(temp.file(std::to_string(i)), "build " + std::to_string(i)));
            use(shelf, all.back());
        }
        CPPUNIT_ASSERT_EQUAL(host::BuildShelf::kBuilds, shelf.builds("p").size());
        CPPUNIT_ASSERT_EQUAL(host::BuildShelf::kBuilds, copiesIn(temp.file("shelf")));
        CPPUNIT_ASSERT(!shelf.take("p", all[2]->sha256));
        CPPUNIT_ASSERT(shelf.take("p", all[3]->sha256));
        CPPUNIT_ASSERT_EQUAL(all.back()->build, shelf.builds("p")[0].name.build);
    }

    void testCopyThatWasChangedIsNone() {
        const TempDir temp;
        const auto library = write(temp.file("a.so"), "one");
        {
            host::BuildShelf shelf(temp.file("shelf"));
            use(shelf, library);
        }
        const auto copy = temp.file("shelf") + "/" + library->sha256 + ".so";
        ::chmod(copy.c_str(), 0600);
        std::ofstream(copy) << "two";
        host::BuildShelf shelf(temp.file("shelf"));
        CPPUNIT_ASSERT(!shelf.take("p", library->sha256));
        use(shelf, library);  // and is made again
        CPPUNIT_ASSERT(shelf.take("p", library->sha256));
    }

    void testDirectoryOfOthersIsNotUsed() {
        const TempDir temp;
        fs::create_directory(temp.file("open"));
        ::chmod(temp.file("open").c_str(), 0777);
        fs::create_directory_symlink(temp.path(), temp.file("link"));
        ASSERT_CONTAINS("is not ours alone", host::BuildShelf(temp.file("open")).problem());
        ASSERT_CONTAINS("is no directory", host::BuildShelf(temp.file("link")).problem());
        ASSERT_CONTAINS("cannot make", host::BuildShelf(temp.file("no/such")).problem());
        host::BuildShelf shelf(temp.file("open"));
        const auto library = write(temp.file("a.so"), "one");
        CPPUNIT_ASSERT(shelf.keep(library) == library);
    }

    void testBadIndexIsAnEmptyOne() {
        const std::string good = R"({"build": "0a", "version": "1", "sha256": ")" + std::string(64, 'a') +
                                 R"(", "since_us": 1, "held_back": false})";
        const auto of = [](const std::string& builds) {
            return host::readBuildIndex(R"({"format": 1, "plugins": {"p": [)" + builds + "]}}");
        };
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, of(good).at("p").size());
        for (const std::string& bad :
             {R"({"build": "../x", "version": "1", "sha256": ")" + std::string(64, 'a') +
                  R"(", "since_us": 1, "held_back": false})",
              R"({"build": "0a", "version": "1", "sha256": "../../etc/passwd", "since_us": 1, "held_back": false})"s,
              R"({"build": "0a"})"s, "1"s, "null"s,
              good + "," + good + "," + good + "," + good + "," + good + "," + good})
            CPPUNIT_ASSERT_MESSAGE(bad, of(bad).empty());
        for (const char* bad : {"", "{", "[]", "7", R"({"format": 2, "plugins": {}})", "\xff", R"({"format": 1})"})
            CPPUNIT_ASSERT_MESSAGE(bad, host::readBuildIndex(bad).empty());
        const TempDir temp;
        fs::create_directory(temp.file("shelf"));
        ::chmod(temp.file("shelf").c_str(), 0700);
        std::ofstream(temp.file("shelf/builds.json")) << "rubbish";
        host::BuildShelf shelf(temp.file("shelf"));
        use(shelf, write(temp.file("a.so"), "one"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host::BuildShelf(temp.file("shelf")).builds("p").size());
    }

    void testIndexIsReadAsItIsWritten() {
        const host::KeptBuild build{{"0a", "1.2", std::string(64, 'b')}, fromMicros(7), true};
        const auto index = host::readBuildIndex(host::writeBuildIndex({{"p", {build}}}));
        CPPUNIT_ASSERT(build.name == index.at("p").at(0).name);
        CPPUNIT_ASSERT(build.since == index.at("p").at(0).since);
        CPPUNIT_ASSERT(index.at("p").at(0).heldBack);
    }

    void testUndeclaredPluginsAreForgotten() {
        const TempDir temp;
        host::BuildShelf shelf(temp.file("shelf"));
        use(shelf, write(temp.file("a.so"), "one"));
        shelf.retain({"p"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, copiesIn(temp.file("shelf")));
        shelf.retain({"q"});
        CPPUNIT_ASSERT(shelf.builds("p").empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, copiesIn(temp.file("shelf")));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(BuildShelfTest);
