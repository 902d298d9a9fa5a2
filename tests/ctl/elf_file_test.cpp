#include "ctl/elf_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "base/file_descriptor.h"
#include "base/random.h"

using namespace stepd;
using namespace stepd::ctl;

class ElfFileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ElfFileTest);
    CPPUNIT_TEST(testWhatAPluginSays);
    CPPUNIT_TEST(testTruncatedFiles);
    CPPUNIT_TEST(testMutatedFiles);
    CPPUNIT_TEST(testReadApartGivesTheSame);
    CPPUNIT_TEST_SUITE_END();

    static std::string path(const std::string& name) { return std::string(STEPD_TEST_PLUGINS) + "/" + name; }

    static std::string bytesOf(const std::string& name) {
        std::ifstream in(path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    static Result<ElfFile, std::string> read(const std::string& bytes) {
        const FileDescriptor file(::memfd_create("elf", MFD_CLOEXEC));
        CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(bytes.size()), ::write(file.get(), bytes.data(), bytes.size()));
        return readElf(file.get());
    }

    void testWhatAPluginSays() {
        const auto elf = read(bytesOf("unfit_imports.so"));
        CPPUNIT_ASSERT(elf);
        CPPUNIT_ASSERT(elf->sharedObject && elf->ours && elf->symbols && !elf->textRelocations &&
                       !elf->executableStack);
        CPPUNIT_ASSERT(elf->exports == std::vector<std::string>{"stepd_plugin_v1_get"});
        CPPUNIT_ASSERT(std::any_of(elf->imports.begin(), elf->imports.end(),
                                   [](const auto& import) { return import.name == "socket" && !import.weak; }));
        CPPUNIT_ASSERT(std::find(elf->needed.begin(), elf->needed.end(), "libc.so.6") != elf->needed.end());
        const auto linked = read(bytesOf("unfit_linking.so"));
        CPPUNIT_ASSERT(linked);
        CPPUNIT_ASSERT_EQUAL(std::string("/opt/elsewhere"), linked->runpath + linked->rpath);
        CPPUNIT_ASSERT(linked->executableStack && !linked->relro && !linked->bindNow && !linked->symbols);
        CPPUNIT_ASSERT(linked->buildId.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{40}, read(bytesOf("unfit_none.so"))->buildId.size());
    }

    /// The headers of sections lie at the end: without it a file cannot be read, and says so.
    void testTruncatedFiles() {
        const std::string whole = bytesOf("unfit_imports.so");
        for (std::size_t size = 0; size < whole.size(); size += 1 + size / 64) {
            const auto elf = read(whole.substr(0, size));
            CPPUNIT_ASSERT_MESSAGE("the first " + std::to_string(size) + " bytes", !elf);
            CPPUNIT_ASSERT(!elf.error().empty());
        }
    }

    /// Any answer will do, if it is one and comes.
    void testMutatedFiles() {
        const std::string whole = bytesOf("unfit_linking.so");
        for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
            SeededRandom random(seed);
            std::string bytes = whole;
            // Half of them in the header and the table of sections, where each byte counts.
            for (int i = 0; i < 8; ++i) {
                const std::size_t table = std::min<std::size_t>(bytes.size(), 64 * 32);
                const std::size_t at = random.next() % 2 == 0   ? random.next() % bytes.size()
                                       : random.next() % 2 == 0 ? random.next() % 64
                                                                : bytes.size() - 1 - random.next() % table;
                bytes[at] = static_cast<char>(random.next());
            }
            const auto elf = read(bytes);
            CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed), elf || !elf.error().empty());
        }
    }

    void testReadApartGivesTheSame() {
        const auto here = read(bytesOf("unfit_imports.so"));
        const auto apart = readElfApart(path("unfit_imports.so"));
        CPPUNIT_ASSERT(here && apart);
        CPPUNIT_ASSERT(here->exports == apart->exports && here->needed == apart->needed &&
                       here->buildId == apart->buildId);
        CPPUNIT_ASSERT_EQUAL(here->imports.size(), apart->imports.size());
        CPPUNIT_ASSERT(readElfApart("/dev/null").error().find("no regular file") != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ElfFileTest);
