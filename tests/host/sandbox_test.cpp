#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/host_fixture.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;
using Json = nlohmann::ordered_json;

/// What a plugin in a worker can do and cannot (hardening R23), each tried by a real one.
class SandboxTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SandboxTest);
    CPPUNIT_TEST(testHonestWorkIsDone);
    CPPUNIT_TEST(testForbiddenCallsFailAndThePluginGoesOn);
    CPPUNIT_TEST(testRefusalEndsAFailedCallAsDenied);
    CPPUNIT_TEST(testRefusalInAThreadOfThePluginCounts);
    CPPUNIT_TEST(testRefusalOfACallThatEndsWellIsLoggedOnce);
    CPPUNIT_TEST(testBlockedSignalEndsTheWorkerAsDenied);
    CPPUNIT_TEST(testFilesOutsideAreOutOfReach);
    CPPUNIT_TEST(testOtherProcessesAreOutOfReach);
    CPPUNIT_TEST(testGrantedPathsAreInReach);
    CPPUNIT_TEST(testGrantToReadIsNoGrantToChange);
    CPPUNIT_TEST(testNothingIsMadeWithSetIdBits);
    CPPUNIT_TEST(testFolderGrantedForWritingIsMade);
    CPPUNIT_TEST(testGrantOfNothingIsSaid);
    CPPUNIT_TEST(testProgramsStartIfGranted);
    CPPUNIT_TEST(testSandboxOffLeavesTheRightsOfTheUser);
    CPPUNIT_TEST(testStatusTellsWhatIsEnforced);
    CPPUNIT_TEST(testRequestsNeedAGrant);
    CPPUNIT_TEST(testRequestsCarryTheirScope);
    CPPUNIT_TEST(testTemporaryFoldersGoWithTheirWorkers);
    CPPUNIT_TEST_SUITE_END();

    static host::PluginSpec intruder() { return HostFixture::spec("intruder", "intruder"); }
    static host::StepCall attempt(const std::string& what, Json more = Json::object()) {
        more["try"] = what;
        return HostFixture::call("try", more.dump(), "{}", "intruder");
    }
    static int errorOf(HostFixture& host, const std::string& what, Json more = Json::object()) {
        const auto result = host.run(attempt(what, std::move(more)));
        ASSERT_CLASS(OutcomeClass::Ok, result);
        return Json::parse(result.output)["errno"].get<int>();
    }
    static void assertError(HostFixture& host, int want, const std::string& what, Json more = Json::object()) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::string(::strerrorname_np(want)),
                                     std::string(::strerrorname_np(errorOf(host, what, std::move(more)))));
    }
    static Json at(const std::string& path) { return {{"path", path}}; }

    void testHonestWorkIsDone() {
        HostFixture host;
        host.use({intruder()});
        const auto result = host.run(HostFixture::call("honest", "{}", "{}", "intruder"));
        ASSERT_CLASS(OutcomeClass::Ok, result);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"thread":42,"locale":true,"zone":"CEST","processors":true,)"
                                         R"("library":true,"temporary":"text","aborts":true})"),
                             Json::parse(result.output).dump());
        for (const char* what : {"pair", "name thread", "signal itself", "own status", "random", "null"})
            assertError(host, 0, what);
        for (const auto& line : host.services.lines())
            CPPUNIT_ASSERT_MESSAGE(line.text, line.text.find("sandbox") == std::string::npos);
    }

    void testForbiddenCallsFailAndThePluginGoesOn() {
        HostFixture host;
        host.use({intruder()});
        for (const char* what :
             {"ipv4",        "ipv6",     "unix",    "netlink",     "datagram pair", "fork",     "exec",
              "spawn",       "new user", "unshare", "mount",       "setpgid",       "setsid",   "untie",
              "dumpable",    "core",     "files",   "personality", "keys",          "io_uring", "bpf",
              "userfaultfd", "perf",     "clock",   "terminal"})
            assertError(host, EPERM, what);
        assertError(host, ENOSYS, "unknown call");
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.supervisor.plugin("intruder")->restarts);
    }

    void testRefusalEndsAFailedCallAsDenied() {
        HostFixture host;
        host.use({intruder()});
        const struct {
            const char* what;
            const char* sentence;
        } rows[] = {
            {"ipv4",
             "the step tried to open a network connection over IPv4 (socket), which its sandbox refuses; plugins reach "
             "the network through the host, where `grant: {net: [...]}` of plugins.intruder says; then it said: "
             "Operation not permitted"},
            {"exec",
             "the step tried to start a program (execve), which its sandbox refuses; `grant: {exec: true}` of "
             "plugins.intruder in stepd.yaml would allow it; then it said: Operation not permitted"},
            {"spawn",
             "the step tried to start a program (execve), which its sandbox refuses; `grant: {exec: true}` of "
             "plugins.intruder in stepd.yaml would allow it; then it said: Operation not permitted"},
            {"untie",
             "the step tried to outlive the daemon (prctl), which its sandbox refuses; then it said: Operation not "
             "permitted"},
            {"bpf", "the step tried to call bpf, which its sandbox refuses; then it said: Operation not permitted"},
        };
        for (const auto& [what, sentence] : rows) {
            const auto result = host.run(attempt(what, {{"fail", true}}));
            ASSERT_CLASS(OutcomeClass::Denied, result);
            CPPUNIT_ASSERT_EQUAL(std::string("sandbox"), result.error.code);
            CPPUNIT_ASSERT_EQUAL(std::string(sentence), result.error.message);
        }
        // The next call of the same worker has a clean sheet.
        const auto after = host.run(attempt("read", {{"fail", true}, {"path", "/nowhere"}}));
        ASSERT_CLASS(OutcomeClass::Permanent, after);
    }

    void testRefusalInAThreadOfThePluginCounts() {
        HostFixture host;
        host.use({intruder()});
        const auto result = host.run(attempt("fork", {{"thread", true}, {"fail", true}}));
        ASSERT_CLASS(OutcomeClass::Denied, result);
        ASSERT_CONTAINS("tried to start a process", result.error.message);
    }

    void testRefusalOfACallThatEndsWellIsLoggedOnce() {
        HostFixture host;
        host.use({intruder()});
        for (int i = 0; i < 3; ++i) assertError(host, EPERM, "ipv4");
        assertError(host, EPERM, "fork");
        host.waitLog("start a process");
        const auto lines = host.services.lines();
        CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t{1}, std::count_if(lines.begin(), lines.end(), [](const auto& line) {
                                 return line.text.find("over IPv4") != std::string::npos &&
                                        line.level == host::PluginLogLevel::Warn && line.runId == "run-7";
                             }));
    }

    void testBlockedSignalEndsTheWorkerAsDenied() {
        HostFixture host;
        host.use({intruder()});
        const auto result = host.run(attempt("ipv4", {{"thread", true}, {"blocked", true}}));
        ASSERT_CLASS(OutcomeClass::Denied, result);
        CPPUNIT_ASSERT_EQUAL(std::string("sandbox"), result.error.code);
        ASSERT_CONTAINS("in a thread that blocks SIGSYS", result.error.message);
    }

    void testFilesOutsideAreOutOfReach() {
        const TempDir dir;
        std::ofstream(dir.file("theirs")) << "data";
        HostFixture host;
        host.use({intruder()});
        for (const auto& path : {std::string("/etc/shadow"), std::string("/etc/passwd"), dir.file("theirs")})
            assertError(host, EACCES, "read", at(path));
        for (const char* path : {"/tmp", "/etc", "/proc", "/root", "/", "/var"})
            assertError(host, EACCES, "list", at(path));
        for (const char* what : {"write", "remove"}) assertError(host, EACCES, what, at(dir.file("theirs")));
        assertError(host, EACCES, "write", at("/dev/urandom"));
        assertError(host, EACCES, "write", at("/usr/lib/stepd-test"));
        assertError(host, EACCES, "make folder", at(dir.file("made")));
        CPPUNIT_ASSERT(errorOf(host, "link", at(dir.file("linked"))) != 0);  // protected_hardlinks may be first
        for (const char* what : {"chmod", "chown", "touch"}) assertError(host, EPERM, what, at(dir.file("theirs")));
        CPPUNIT_ASSERT(errorOf(host, "truncate", at(dir.file("theirs"))) != 0);
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{4}, std::filesystem::file_size(dir.file("theirs")));
    }

    void testOtherProcessesAreOutOfReach() {
        HostFixture host;
        host.use({intruder()});
        const Json daemon{{"pid", ::getpid()}};
        for (const char* what : {"kill", "kill group", "signal by file", "pidfd", "ptrace", "memory", "affinity"})
            assertError(host, EPERM, what, daemon);
        const std::string proc = "/proc/" + std::to_string(::getpid());
        for (const char* file : {"/environ", "/maps", "/mem", "/cmdline", "/status"})
            assertError(host, EACCES, "read", at(proc + file));
    }

    void testGrantedPathsAreInReach() {
        const TempDir dir;
        std::filesystem::create_directory(dir.file("mine"));
        std::ofstream(dir.file("read-me")) << "data";
        HostFixture host;
        auto spec = intruder();
        spec.grant.read = {dir.file("read-me")};
        spec.grant.write = {dir.file("mine")};
        host.use({spec});
        assertError(host, 0, "read", at(dir.file("read-me")));
        assertError(host, 0, "write", at(dir.file("mine/new")));
        assertError(host, 0, "empty by reading", at(dir.file("mine/new")));
        assertError(host, 0, "make folder", at(dir.file("mine/folder")));
        assertError(host, 0, "write", at(dir.file("mine/folder/deep")));
        assertError(host, 0, "list", at(dir.file("mine")));
        assertError(host, 0, "remove", at(dir.file("mine/new")));
        assertError(host, EACCES, "write", at(dir.file("beside")));
    }

    void testGrantToReadIsNoGrantToChange() {
        const TempDir dir;
        std::ofstream(dir.file("file")) << "data";
        HostFixture host;
        auto spec = intruder();
        spec.grant.read = {dir.path()};
        host.use({spec});
        assertError(host, 0, "list", at(dir.path()));
        assertError(host, 0, "read", at(dir.file("file")));
        for (const char* what : {"write", "remove"}) assertError(host, EACCES, what, at(dir.file("file")));
        for (const char* what : {"empty by reading", "truncate"})
            CPPUNIT_ASSERT_MESSAGE(what, errorOf(host, what, at(dir.file("file"))) != 0);
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{4}, std::filesystem::file_size(dir.file("file")));
    }

    void testNothingIsMadeWithSetIdBits() {
        const TempDir dir;
        HostFixture host;
        auto spec = intruder();
        spec.grant.write = {dir.path()};
        host.use({spec});
        for (const char* what : {"make set-id", "make set-user", "creat set-id", "open set-id", "make set-id folder",
                                 "make set-id folder at", "make set-id node"})
            assertError(host, EPERM, what, at(dir.file("new")));
        assertError(host, EPERM, "make unnamed set-id", at(dir.path()));
        CPPUNIT_ASSERT(!std::filesystem::exists(dir.file("new")));
        assertError(host, 0, "creat", at(dir.file("new")));
        assertError(host, 0, "open, set-id unused", at(dir.file("new")));
        CPPUNIT_ASSERT(errorOf(host, "make unnamed", at(dir.path())) != EPERM);  // not every file system can
    }

    void testFolderGrantedForWritingIsMade() {
        const TempDir dir;
        HostFixture host;
        auto spec = intruder();
        spec.grant.write = {dir.file("a/b")};
        host.use({spec});
        assertError(host, 0, "write", at(dir.file("a/b/file")));
        assertError(host, EACCES, "write", at(dir.file("a/file")));
    }

    void testGrantOfNothingIsSaid() {
        HostFixture host;
        auto spec = intruder();
        spec.grant.read = {"/nowhere/at/all"};
        host.use({spec});
        ASSERT_CONTAINS("/nowhere/at/all is granted, but it is not there", host.waitLog("/nowhere"));
        assertError(host, 0, "null");
    }

    void testProgramsStartIfGranted() {
        const TempDir dir;
        HostFixture host;
        auto spec = intruder();
        spec.grant.exec = true;
        spec.grant.write = {dir.path()};
        host.use({spec});
        assertError(host, 0, "fork");
        const auto started = host.run(attempt("spawn"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"result":0,"errno":0})"), Json::parse(started.output).dump());
        // What it may write it must not start, and what it starts is in the sandbox too.
        std::filesystem::copy_file("/bin/true", dir.file("own"));
        assertError(host, EACCES, "spawn chosen", at(dir.file("own")));
        for (const char* what : {"ipv4", "setsid", "unshare", "new user"}) assertError(host, EPERM, what);
    }

    void testSandboxOffLeavesTheRightsOfTheUser() {
        const TempDir dir;
        HostFixture host;
        auto spec = intruder();
        spec.sandbox = SandboxMode::Off;
        host.use({spec});
        assertError(host, 0, "write", at(dir.file("file")));
        assertError(host, 0, "ipv4");
        const auto enforced = host.supervisor.plugin("intruder")->enforced;
        CPPUNIT_ASSERT(enforced && !enforced->seccomp && enforced->landlockAbi == 0);
    }

    void testStatusTellsWhatIsEnforced() {
        HostFixture host;
        auto spec = intruder();
        spec.grant.net = {"*.example.org"};
        host.use({spec});
        const auto status = host.waitState("intruder", host::PluginState::Ready);
        CPPUNIT_ASSERT(status.enforced.has_value());
        CPPUNIT_ASSERT(status.enforced->seccomp);
        CPPUNIT_ASSERT_EQUAL(static_cast<std::int32_t>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1)),
                             status.enforced->landlockAbi);
        CPPUNIT_ASSERT(status.enforced->findings.empty());
        CPPUNIT_ASSERT(status.grant == spec.grant);
    }

    static host::StepCall fetch() {
        return HostFixture::call("fetch", R"({"urls": ["http://a.example.org/", "http://b.example.org/"]})");
    }

    void testRequestsNeedAGrant() {
        for (const auto isolation : {host::Isolation::Process, host::Isolation::Inproc}) {
            HostFixture host;
            auto lab = HostFixture::spec("lab", "lab");
            lab.isolation = isolation;
            lab.grant.net = {};
            host.use({lab});
            const auto replies = Json::parse(host.run(fetch()).output);
            for (const auto& reply : replies)
                CPPUNIT_ASSERT_EQUAL(std::string("host_not_granted"), reply["failure"].get<std::string>());
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, replies.size());
            ASSERT_CONTAINS("name those that it needs in plugins.lab.grant.net", host.waitLog("no host is granted"));
            CPPUNIT_ASSERT(host.services.requests.empty());
        }
    }

    void testRequestsCarryTheirScope() {
        HostFixture host;
        auto lab = HostFixture::spec("lab", "lab");
        lab.grant.net = {"a.example.org"};
        host.use({lab});
        const auto result = host.run(fetch());
        ASSERT_CLASS(OutcomeClass::Ok, result);
        host.services.events.change([&] {
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, host.services.requests.size());
            for (const auto& request : host.services.requests) {
                CPPUNIT_ASSERT(request.scope);
                CPPUNIT_ASSERT_EQUAL(std::string("plugins.lab.grant.net"), request.scope->setting);
                CPPUNIT_ASSERT(request.scope->grant.allows("a.example.org", 80));
                CPPUNIT_ASSERT(!request.scope->grant.allows("b.example.org", 80));
            }
        });
    }

    static std::size_t entries(const std::string& path) {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
    }

    void testTemporaryFoldersGoWithTheirWorkers() {
        const TempDir state;
        auto options = HostFixture::options();
        options.stateDirectory = state.path();
        {
            HostFixture host(options);
            auto spec = intruder();
            spec.workers = 2;
            host.use({spec});
            host.waitSlots("intruder", 2);
            host.run(HostFixture::call("honest", "{}", "{}", "intruder"));  // leaves files behind
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, entries(state.path()));
        }
        const Instant end = SystemClock().instant() + kPatience;
        while (entries(state.path()) != 0 && SystemClock().instant() < end) std::this_thread::yield();
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, entries(state.path()));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SandboxTest);
