#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "base/file_descriptor.h"
#include "e2e_setup.h"

using namespace stepd;
using namespace stepd::test;

namespace {

/// The state directory on a file system of 8 MiB of its own, where mounting is allowed.
class SmallDisk {
public:
    explicit SmallDisk(const TemporaryDirectory& directory) : path_(directory.path() + "/var") {
        mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=8m") == 0;
        if (!mounted_) std::cerr << "SKIPPED: no small file system: mount: " << std::strerror(errno) << "; ";
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }
    /// Nobody can write anything more.
    void fill() const {
        const FileDescriptor file(::open((path_ + "/filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        const std::string block(4096, 'x');
        while (::write(file.get(), block.data(), block.size()) > 0) {
        }
    }
    void empty() const { ::unlink((path_ + "/filler").c_str()); }

private:
    const std::string path_;
    bool mounted_ = false;
};

HttpReply send(const DaemonProcess& daemon, const std::string& key) {
    return daemon.request("POST", "/api/v1/events", R"({"name":"job.asked"})", {"Authorization: Bearer " + key});
}

}  // namespace

class FullDiskTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FullDiskTest);
    CPPUNIT_TEST(testRunUnderWayIsFinishedOnAFullDisk);
    CPPUNIT_TEST(testDamagedDatabaseHasAnExitCodeOfItsOwn);
    CPPUNIT_TEST_SUITE_END();

    // hardening R6
    void testRunUnderWayIsFinishedOnAFullDisk() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: held, uses: effects/gate, timeout: 5m}\n  - {id: after, uses: effects/note}\n",
                 "store: {reserve: 1MiB}\nadmission: {min_free_disk: 0B}\n");
        DaemonProcess daemon(directory);
        const SmallDisk disk(directory);
        if (!disk.mounted()) return;
        daemon.start();
        const std::string key = daemon.operatorKey();
        const std::string run = startJob(daemon);
        daemon.waitUntil("the step to run", [&] { return countEffects(directory, "held") == 1; });
        disk.fill();
        directory.write("gate", "");
        CPPUNIT_ASSERT_EQUAL(std::string("completed"), daemon.waitForEnd(run).at("state").get<std::string>());
        const HttpReply refused = send(daemon, key);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(refused.body, 507L, refused.status);
        CPPUNIT_ASSERT_MESSAGE(refused.headers, refused.headers.find("Retry-After: ") != std::string::npos);
        disk.empty();
        daemon.waitUntil("events to be accepted again", [&] { return send(daemon, key).status == 202; });
        CPPUNIT_ASSERT_EQUAL(0, daemon.stop());
    }

    void testDamagedDatabaseHasAnExitCodeOfItsOwn() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        directory.write("var/stepd.db", std::string(8192, 'x'));
        const auto [code, text] = daemon.run({"--config=" + directory.path() + "/stepd.yaml"});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 4, code);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FullDiskTest);
