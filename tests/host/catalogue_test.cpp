#include "host/catalogue.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/whole_file.h"
#include "host/host_fixture.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;

/// What plugins say about themselves is asked for once.
class CatalogueTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CatalogueTest);
    CPPUNIT_TEST(testPluginIsAskedOnce);
    CPPUNIT_TEST(testReplacedLibraryIsAskedAgain);
    CPPUNIT_TEST(testFailureIsNotKept);
    CPPUNIT_TEST(testRefusedLibraryIsNotLoaded);
    CPPUNIT_TEST(testAll);
    CPPUNIT_TEST(testBadFileIsMadeAnew);
    CPPUNIT_TEST_SUITE_END();

    struct Kept {
        Kept() { fs::copy_file(HostFixture::spec("", "versioned_1").library, library); }
        host::PluginSpec spec() const {
            auto spec = HostFixture::spec("v", "");
            spec.library = library;
            return spec;
        }
        /// Nobody can be asked.
        static host::HostOptions alone() {
            auto options = HostFixture::options();
            options.workerProgram = "/nowhere/stepd-worker";
            return options;
        }
        const TempDir folder;
        const std::string library = folder.file("v.so"), file = folder.file("catalogue");
        const SystemClock clock;
    };

    void testPluginIsAskedOnce() {
        const Kept kept;
        const auto first = host::Catalogue(HostFixture::options(), kept.clock, kept.file).describe(kept.spec());
        host::Catalogue later(Kept::alone(), kept.clock, kept.file);
        const auto again = later.describe(kept.spec());
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), again->version);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, again->steps.size());
        CPPUNIT_ASSERT_EQUAL(first->steps[1].summary, again->steps[1].summary);
        CPPUNIT_ASSERT_EQUAL(first->buildId, again->buildId);
        CPPUNIT_ASSERT(!again->buildId.empty());
        ASSERT_CONTAINS("cannot start", host::Catalogue(Kept::alone(), kept.clock, "").describe(kept.spec()).error());
    }

    void testReplacedLibraryIsAskedAgain() {
        const Kept kept;
        host::Catalogue catalogue(HostFixture::options(), kept.clock, kept.file);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), catalogue.describe(kept.spec())->version);
        fs::remove(kept.library);
        fs::copy_file(HostFixture::spec("", "versioned_2").library, kept.library);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), catalogue.describe(kept.spec())->version);
    }

    void testFailureIsNotKept() {
        const Kept kept;
        host::Catalogue catalogue(HostFixture::options(), kept.clock, kept.file);
        ASSERT_CONTAINS("exited with code 7", catalogue.describe(HostFixture::spec("b", "broken_exit")).error());
        ASSERT_CONTAINS("No such file", catalogue.describe(HostFixture::spec("n", "nothing")).error());
        CPPUNIT_ASSERT(!fs::exists(kept.file));
    }

    void testRefusedLibraryIsNotLoaded() {
        const Kept kept;
        CPPUNIT_ASSERT(host::Catalogue(HostFixture::options(), kept.clock, kept.file).describe(kept.spec()));
        auto spec = kept.spec();
        spec.sha256 = std::string(64, '0');
        host::Catalogue catalogue(HostFixture::options(), kept.clock, kept.file);
        ASSERT_CONTAINS("has not the SHA-256", catalogue.describe(spec).error());
        auto options = HostFixture::options();
        options.admit = [](const auto&, const auto&) { return std::optional<std::string>("unwanted"); };
        host::Catalogue picky(options, kept.clock, kept.file);
        CPPUNIT_ASSERT_EQUAL(std::string("unwanted"), picky.describe(kept.spec()).error());
    }

    void testAll() {
        const Kept kept;
        host::Catalogue catalogue(HostFixture::options(), kept.clock, kept.file);
        std::vector<host::PluginSpec> specs;
        for (const char* library : {"versioned_1", "versioned_2", "versioned_3", "lab", "c_echo", "broken_major"})
            specs.push_back(HostFixture::spec(library, library));
        const auto all = catalogue.describeAll(specs);
        CPPUNIT_ASSERT_EQUAL(specs.size(), all.size());
        CPPUNIT_ASSERT_EQUAL(std::string("3.0.0"), all.at("versioned_3")->version);
        ASSERT_CONTAINS("ABI 2.0", all.at("broken_major").error());
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, host::readCatalogue(*readWholeFile(kept.file, 1U << 20)).size());
        CPPUNIT_ASSERT(catalogue.describeAll({}).empty());
    }

    void testBadFileIsMadeAnew() {
        const Kept kept;
        const auto describe = [&] {
            return host::Catalogue(HostFixture::options(), kept.clock, kept.file).describe(kept.spec())->version;
        };
        describe();
        const std::string good = *readWholeFile(kept.file, 1U << 20);
        for (std::size_t at = 0; at < good.size(); at += 7) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ 0x20);
            CPPUNIT_ASSERT(host::readCatalogue(bad).empty());
            CPPUNIT_ASSERT(host::readCatalogue(good.substr(0, at)).empty());
        }
        std::ofstream(kept.file) << "rubbish";
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), describe());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host::readCatalogue(*readWholeFile(kept.file, 1U << 20)).size());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CatalogueTest);
