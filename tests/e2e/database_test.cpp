#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>

#include "e2e_setup.h"

using namespace stepd;
using namespace stepd::test;

/// `stepctl db` beside a daemon that runs, and without one.
class DatabaseTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DatabaseTest);
    CPPUNIT_TEST(testBesideADaemon);
    CPPUNIT_TEST(testWithoutADaemon);
    CPPUNIT_TEST(testNoDatabase);
    CPPUNIT_TEST_SUITE_END();

    static std::string db(const TemporaryDirectory& directory) { return "db --state " + directory.path() + "/var "; }

    static std::size_t filesIn(const std::string& directory) {
        const std::filesystem::directory_iterator files(directory);
        return static_cast<std::size_t>(std::distance(begin(files), end(files)));
    }

    void testBesideADaemon() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        daemon.waitForEnd(run);
        const std::string copy = directory.path() + "/copy.db";
        const auto files = filesIn(directory.path() + "/var");
        expect(0, run, stepctl(db(directory) + "stats"));
        expect(0, "\"events\": 1", stepctl("--json " + db(directory) + "stats"));
        expect(0, "is sound", stepctl("--url " + daemon.url() + " " + db(directory) + "check"));  // finds the key there
        expect(0, "checked copy", stepctl(at(daemon, directory) + db(directory) + "backup " + copy));
        using std::filesystem::perms;
        CPPUNIT_ASSERT(std::filesystem::status(copy).permissions() == (perms::owner_read | perms::owner_write));
        expect(1, "--force", stepctl(at(daemon, directory) + db(directory) + "backup " + copy));
        expect(0, "checked copy", stepctl(at(daemon, directory) + db(directory) + "backup --force " + copy));
        expect(0, run, stepctl("db stats --db " + copy));
        expect(1, "stop it first", stepctl(db(directory) + "vacuum"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing is left behind", files, filesIn(directory.path() + "/var"));
        CPPUNIT_ASSERT_EQUAL(401L, daemon.request("POST", "/api/v1/backup").status);
        CPPUNIT_ASSERT_EQUAL(0, daemon.stop());

        // The copy takes the place of the database.
        std::filesystem::rename(copy, directory.path() + "/var/stepd.db");
        for (const char* suffix : {"-wal", "-shm"})
            std::filesystem::remove(directory.path() + "/var/stepd.db" + suffix);
        daemon.start();
        expect(0, "completed", stepctl(at(daemon, directory) + "runs show " + run));
    }

    void testWithoutADaemon() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        daemon.waitForEnd(run);
        daemon.kill();
        const std::string copy = directory.path() + "/copy.db";
        expect(0, "is sound", stepctl(db(directory) + "check"));
        expect(0, "checked copy", stepctl(db(directory) + "backup " + copy));
        expect(0, run, stepctl("db stats --db " + copy));
        expect(0, "bytes now", stepctl(db(directory) + "vacuum"));
        expect(0, run, stepctl(db(directory) + "stats"));
        daemon.start();
        expect(0, "completed", stepctl(at(daemon, directory) + "runs show " + run));
    }

    void testNoDatabase() {
        TemporaryDirectory directory;
        for (const char* verb : {"stats", "check", "vacuum"})
            expect(1, "there is no database", stepctl(db(directory) + verb));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing was made", std::size_t{0}, filesIn(directory.path()));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DatabaseTest);
