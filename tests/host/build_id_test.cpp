#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "host/build_id.h"
#include "host/host_fixture.h"
#include "host/library_file.h"

extern "C" int fuzzBuildId(const std::uint8_t* data, std::size_t size);

using namespace stepd;
using namespace stepd::test;

class BuildIdTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(BuildIdTest);
    CPPUNIT_TEST(testNoteIsFoundOrNot);
    CPPUNIT_TEST(testFileWithoutNoteIsNamedByItsDigest);
    CPPUNIT_TEST(testLoadedPluginHasItsBuildId);
    CPPUNIT_TEST(testHostileFilesHarmNobody);
    CPPUNIT_TEST_SUITE_END();

    static std::string contentOf(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    static std::string corpusFile(const std::string& name) {
        return contentOf(std::filesystem::path(STEPD_TEST_BUILD_ID_CORPUS) / name);
    }

    static std::string idIn(const std::string& file) {
        return host::elfBuildId([&](std::uint64_t offset, void* to, std::size_t bytes) {
            if (offset > file.size() || bytes > file.size() - offset) return false;
            std::memcpy(to, file.data() + offset, bytes);
            return true;
        });
    }

    void testNoteIsFoundOrNot() {
        const std::string id = "000102030405060708090a0b0c0d0e0f10111213";
        const std::pair<const char*, std::string> rows[] = {
            {"plain", id},       {"second_segment", id}, {"among_others", id}, {"none", ""},
            {"far_headers", ""}, {"many_segments", ""},  {"huge_note", ""},    {"note_beyond_the_end", ""},
            {"huge_name", ""},   {"huge_id", ""},        {"class_32", ""},     {"not_elf", ""},
        };
        for (const auto& [name, want] : rows) CPPUNIT_ASSERT_EQUAL_MESSAGE(name, want, idIn(corpusFile(name)));
        const auto files = std::filesystem::directory_iterator(STEPD_TEST_BUILD_ID_CORPUS);
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t(std::size(rows)), std::distance(begin(files), end(files)));
    }

    void testFileWithoutNoteIsNamedByItsDigest() {
        const FileDescriptor file(::memfd_create("library", MFD_CLOEXEC));
        CPPUNIT_ASSERT_EQUAL(ssize_t{3}, ::write(file.get(), "abc", 3));
        CPPUNIT_ASSERT_EQUAL(std::string("ba7816bf8f01cfea414140de5dae2223b00361a3"),
                             host::buildIdOf(file));  // FIPS 180-2
        CPPUNIT_ASSERT_EQUAL(std::string(), host::buildIdOf(FileDescriptor()));
    }

    void testLoadedPluginHasItsBuildId() {
        HostFixture host;
        host.useLab();
        const auto id = host.waitState("lab", host::PluginState::Ready).description->buildId;
        CPPUNIT_ASSERT_EQUAL(std::size_t{40}, id.size());
        const FileDescriptor file(::open(HostFixture::spec("lab", "lab").library.c_str(), O_RDONLY | O_CLOEXEC));
        CPPUNIT_ASSERT_EQUAL(host::buildIdOf(file), id);
        CPPUNIT_ASSERT(host::sha256Of(file)->substr(0, 40) != id);
    }

    void testHostileFilesHarmNobody() {
        std::mt19937_64 random(7);
        const auto run = [](const std::string& file) {
            fuzzBuildId(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
        };
        for (const auto& entry : std::filesystem::directory_iterator(STEPD_TEST_BUILD_ID_CORPUS)) {
            const std::string file = contentOf(entry.path());
            for (std::size_t cut = 0; cut <= file.size(); ++cut) run(file.substr(0, cut));
            for (int i = 0; i < 2000; ++i) {
                std::string mutated = file;
                for (auto changes = random() % 4 + 1; changes > 0; --changes)
                    mutated[random() % mutated.size()] = static_cast<char>(random());
                run(mutated);
            }
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(BuildIdTest);
