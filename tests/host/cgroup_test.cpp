#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/error.h"
#include "host/cgroup.h"
#include "support/scratch_folder.h"

using namespace stepd;
namespace fs = std::filesystem;

/// What is written where is shown on plain folders; what the kernel does with it, where there is a kernel to do it.
class CgroupTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CgroupTest);
    CPPUNIT_TEST(testDaemonMovesToALeafAndSwitchesControllersOn);
    CPPUNIT_TEST(testWorkersGroupIsBounded);
    CPPUNIT_TEST(testControllerThatIsMissingIsLeftOut);
    CPPUNIT_TEST(testGroupThatCannotBeIsAnError);
    CPPUNIT_TEST(testLeftOversAreSwept);
    CPPUNIT_TEST(testGroupThatNobodyHandedOverIsLeftAlone);
    CPPUNIT_TEST(testRealGroupKillsWhatHasLeftItsSession);
    CPPUNIT_TEST(testRealGroupBoundsMemory);
    CPPUNIT_TEST_SUITE_END();

    /// A folder with the files that the kernel would have put there.
    static void fill(const std::string& folder, const std::vector<std::string>& files) {
        fs::create_directories(folder);
        for (const auto& file : files) std::ofstream(folder + "/" + file);
    }
    static std::string textOf(const std::string& file) {
        std::ifstream in(file);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }

    void testDaemonMovesToALeafAndSwitchesControllersOn() {
        const ScratchFolder group;
        fill(group.path(), {"cgroup.procs", "cgroup.subtree_control"});
        fill(group.path() + "/daemon", {"cgroup.procs"});
        group.write("cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), host::settle(group.path()));
        CPPUNIT_ASSERT_EQUAL(std::to_string(::getpid()), textOf(group.path() + "/daemon/cgroup.procs"));
        CPPUNIT_ASSERT_EQUAL(std::string("+memory +pids"), textOf(group.path() + "/cgroup.subtree_control"));
        group.write("cgroup.controllers", "cpu io\n");
        CPPUNIT_ASSERT(host::settle(group.path()).ends_with("has neither the memory nor the pids controller"));
        CPPUNIT_ASSERT(host::settle(group.path() + "/nowhere").starts_with("cannot make"));
    }

    static constexpr PluginLimits kLimits{.memoryBytes = 64U << 20, .threads = 100};

    void testWorkersGroupIsBounded() {
        const ScratchFolder home;
        const std::string folder = home.path() + "/worker-7";
        fill(folder, {"cgroup.procs", "cgroup.kill", "memory.max", "memory.oom.group", "memory.events", "pids.max"});
        {
            const host::WorkerGroup group(home.path(), "worker-7", kLimits);
            CPPUNIT_ASSERT(group.limitsMemory() && group.limitsThreads());
            CPPUNIT_ASSERT_EQUAL(std::string("67108864"), textOf(folder + "/memory.max"));
            CPPUNIT_ASSERT_EQUAL(std::string("1"), textOf(folder + "/memory.oom.group"));
            CPPUNIT_ASSERT_EQUAL(std::string("100"), textOf(folder + "/pids.max"));
            group.add(4711);
            CPPUNIT_ASSERT_EQUAL(std::string("4711"), textOf(folder + "/cgroup.procs"));
            home.write("worker-7/memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 0\noom_group_kill 0\n");
            CPPUNIT_ASSERT(!group.oomKilled());
            home.write("worker-7/memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 2\noom_group_kill 1\n");
            CPPUNIT_ASSERT(group.oomKilled());
            home.write("worker-7/memory.events", "no such\xff text");
            CPPUNIT_ASSERT(!group.oomKilled());
        }
        CPPUNIT_ASSERT_EQUAL(std::string("1"), textOf(folder + "/cgroup.kill"));
    }

    void testControllerThatIsMissingIsLeftOut() {
        const ScratchFolder home;
        fill(home.path() + "/worker-7", {"cgroup.procs", "pids.max"});
        const host::WorkerGroup group(home.path(), "worker-7", kLimits);
        CPPUNIT_ASSERT(!group.limitsMemory() && group.limitsThreads());
        CPPUNIT_ASSERT(!group.kill() && !group.oomKilled());
    }

    void testGroupThatCannotBeIsAnError() {
        CPPUNIT_ASSERT_THROW(host::WorkerGroup("/proc", "worker-7", kLimits), Error);
    }

    void testLeftOversAreSwept() {
        const ScratchFolder home;
        for (const char* name : {"/worker-1", "/worker-2", "/daemon"}) fs::create_directory(home.path() + name);
        const host::WorkerGroup group(home.path(), "worker-7", kLimits);
        CPPUNIT_ASSERT(!fs::exists(home.path() + "/worker-1") && !fs::exists(home.path() + "/worker-2"));
        CPPUNIT_ASSERT(fs::exists(home.path() + "/daemon") && fs::exists(home.path() + "/worker-7"));
    }

    void testGroupThatNobodyHandedOverIsLeftAlone() {
        const auto group = host::delegatedGroup();
        if (group) {
            std::cout << "SKIPPED: " << *group << " is delegated to whoever runs these tests\n";
            return;
        }
        CPPUNIT_ASSERT(!group.error().empty());
    }

    /// A group in the real tree, if there is one and we may.
    static std::string realHome() {
        std::string home;
        for (const char* tree : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
            home = std::string(tree) + "/stepd-test-" + std::to_string(::getpid());
            if (fs::exists(std::string(tree) + "/cgroup.controllers") && ::mkdir(home.c_str(), 0755) == 0) return home;
        }
        return {};
    }

    void testRealGroupKillsWhatHasLeftItsSession() {
        const std::string home = realHome();
        if (home.empty()) {
            std::cout << "SKIPPED: no control group tree of version 2 that we may write to\n";
            return;
        }
        {
            const host::WorkerGroup group(home, "worker-7", {.memoryBytes = 0, .threads = 0});
            const pid_t child = ::fork();
            if (child == 0) {
                ::setsid();
                for (;;) ::pause();
            }
            group.add(child);
            CPPUNIT_ASSERT_EQUAL(std::to_string(child) + "\n", textOf(home + "/worker-7/cgroup.procs"));
            CPPUNIT_ASSERT(group.kill());
            int status = 0;
            CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
            CPPUNIT_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        }
        CPPUNIT_ASSERT(!fs::exists(home + "/worker-7"));
        ::rmdir(home.c_str());
    }

    void testRealGroupBoundsMemory() {
        const std::string home = realHome();
        bool bounded = false;
        if (!home.empty()) {
            const host::WorkerGroup group(home, "worker-7", kLimits);
            bounded = group.limitsMemory();
            if (bounded) {
                CPPUNIT_ASSERT_EQUAL(std::string("67108864\n"), textOf(home + "/worker-7/memory.max"));
                CPPUNIT_ASSERT(!group.oomKilled());
            }
        }
        if (!home.empty()) ::rmdir(home.c_str());
        if (!bounded) std::cout << "SKIPPED: no memory controller in the tree of version 2\n";
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CgroupTest);
