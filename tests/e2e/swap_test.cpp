#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "e2e_setup.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;

/// What an operator does with plugins while the daemon runs.
class SwapTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SwapTest);
    CPPUNIT_TEST(testReloadAndRollBack);
    CPPUNIT_TEST(testRollBackSurvivesARestart);
    CPPUNIT_TEST(testReloadTakesUpThePluginsOfTheConfiguration);
    CPPUNIT_TEST(testBadFilesChangeNothing);
    CPPUNIT_TEST(testLock);
    CPPUNIT_TEST(testSignedLock);
    CPPUNIT_TEST_SUITE_END();

    /// A daemon whose plugin `v` says which build it is.
    struct Swapped {
        explicit Swapped(const std::string& more = {}) : daemon(directory) {
            configure(more);
            directory.write("pipelines/job.yaml",
                            "version: 1\nid: job\non: [{event: job.asked}]\nsteps: [{id: a, uses: v/which}]\n"
                            "output: ${{ steps.a.output.build }}\n");
            install("versioned_1");
        }
        void configure(const std::string& more, const std::string& other = {}) const {
            directory.write("stepd.yaml", "http: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\nplugin_directory: " +
                                              directory.path() + "/plugins\nplugins:\n  v: {library: v.so}\n" + more +
                                              other);
        }
        void install(const std::string& library, const std::string& as = "v.so") const {
            const fs::path to = directory.path() + "/plugins/" + as;
            fs::create_directories(to.parent_path());
            fs::copy_file(STEPD_TEST_PLUGINS "/" + library + ".so", to.string() + ".new");
            fs::rename(to.string() + ".new", to);
        }
        std::pair<int, std::string> ctl(const std::string& arguments) const {
            return stepctl(at(daemon, directory) + arguments);
        }
        std::string which() const {
            const Json run = daemon.waitForEnd(startJob(daemon));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(run.dump(2), std::string("completed"), run.at("state").get<std::string>());
            return run.at("output").get<std::string>();
        }
        std::string config() const { return directory.path() + "/stepd.yaml"; }

        TemporaryDirectory directory;
        DaemonProcess daemon;
    };

    void testReloadAndRollBack() {
        Swapped v;
        v.daemon.start();
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
        expect(0, "unchanged  v  1.0.0", v.ctl("plugins reload v"));
        v.install("versioned_2");
        expect(0, "replaced  v  1.0.0 (", v.ctl("plugins reload v"));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which());
        expect(0, "2.0.0", v.ctl("plugins list"));
        v.install("broken_major");
        const auto kept = v.ctl("plugins reload --all");
        expect(1, "kept  v  2.0.0", kept);
        expect(1, "built for ABI 2.0", kept);
        expect(0, "built for ABI 2.0", v.ctl("plugins list"));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which());
        expect(0, "replaced  v  2.0.0 (", v.ctl("plugins rollback v"));
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
        expect(1, "no build '7' is kept", v.ctl("plugins rollback v --to 7"));
        expect(0, "2.0.0 (", v.ctl("plugins rollback v --to 2.0.0"));
        expect(0, "build: 2.0.0 (", v.ctl("plugins show v"));
        expect(0, "\"role\": \"current\"", v.ctl("--json plugins show v"));
        expect(1, "no plugin with this name", v.ctl("plugins reload nobody"));
        expect(2, "", v.ctl("plugins reload"));
        CPPUNIT_ASSERT_EQUAL(0, v.daemon.stop());
    }

    void testRollBackSurvivesARestart() {
        Swapped v;
        v.daemon.start();
        v.install("versioned_2");
        expect(0, "replaced", v.ctl("plugins reload v"));
        CPPUNIT_ASSERT_EQUAL(0, v.daemon.stop());
        v.daemon.start();
        expect(0, "replaced", v.ctl("plugins rollback v"));
        CPPUNIT_ASSERT_EQUAL(0, v.daemon.stop());
        v.daemon.start();
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
        expect(0, "which was rolled back", v.ctl("plugins list"));
        expect(0, "nothing has changed", v.ctl("reload"));
        expect(0, "1.0.0 (", v.ctl("plugins reload v"));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which());
    }

    void testReloadTakesUpThePluginsOfTheConfiguration() {
        Swapped v;
        v.daemon.start();
        v.install("c_echo", "echo.so");
        v.install("versioned_2");
        v.configure("  echo: {library: echo.so}\n");
        const auto added = v.ctl("reload");
        expect(0, "plugin loaded  echo", added);
        expect(0, "plugin replaced  v", added);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which());
        v.configure("");
        v.install("versioned_1");
        ::kill(v.daemon.pid(), SIGHUP);
        v.daemon.waitUntil("the plugin is gone",
                           [&] { return v.daemon.getJson("/api/v1/plugins").at("plugins").size() == 1; });
        v.daemon.waitUntil("the old build", [&] { return v.which() == "1.0.0"; });
    }

    void testBadFilesChangeNothing() {
        Swapped v;
        v.daemon.start();
        v.install("broken_magic", "new.so");
        v.configure("  fresh: {library: new.so}\n");
        expect(1, "plugins.fresh: the plugin's table does not begin", v.ctl("reload"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, v.daemon.getJson("/api/v1/plugins").at("plugins").size());
        v.configure("  v2: {librari: x.so}\n");
        expect(1, "unknown key `librari`", v.ctl("reload"));
        v.configure("");
        v.install("broken_exit");
        expect(1, "exited with code 7", v.ctl("reload"));
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
    }

    void testLock() {
        Swapped v;
        const std::string lock = "plugins lock " + v.config();
        expect(1, "is not what is installed", stepctl(lock + " --check"));
        expect(0, "+ v  1.0.0", stepctl(lock));
        expect(0, "", stepctl(lock + " --check"));
        v.daemon.start();
        v.install("versioned_2");
        expect(1, "~ v  1.0.0", stepctl(lock + " --check"));
        const auto refused = v.ctl("plugins reload v");
        expect(1, "plugins.lock wants", refused);
        expect(1, lock, refused);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
        expect(0, "~ v  1.0.0", stepctl(lock));
        expect(0, "replaced", v.ctl("plugins reload v"));
        v.install("versioned_1");
        expect(1, "plugins.lock wants", v.daemon.run({"--config=" + v.config(), "--check"}));
        fs::remove(v.directory.path() + "/plugins.lock");
        expect(0, "replaced", v.ctl("plugins reload v"));
    }

    void testSignedLock() {
        Swapped v;
        v.directory.write("key.pem",
                          "-----BEGIN PRIVATE KEY-----\n"
                          "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
                          "-----END PRIVATE KEY-----\n");
        const std::string lock = "plugins lock " + v.config();
        const std::string sign = lock + " --sign " + v.directory.path() + "/key.pem";
        expect(1, "can be read by others", stepctl(sign));
        CPPUNIT_ASSERT(!fs::exists(v.directory.path() + "/plugins.lock"));
        fs::permissions(v.directory.path() + "/key.pem", fs::perms::owner_read);
        expect(0, "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", stepctl(sign));
        v.configure("plugin_lock: {trusted_keys: [\"PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\"]}\n");
        v.daemon.start();
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
        v.install("versioned_2");
        expect(0, "plugins.lock.sig is of the lock before", stepctl(lock));
        expect(1, "is no signature of", stepctl(lock + " --check"));
        expect(1, "is no signature of", v.ctl("plugins reload v"));
        expect(0, "signed", stepctl(sign));
        expect(0, "", stepctl(lock + " --check"));
        expect(0, "replaced", v.ctl("plugins reload v"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SwapTest);
