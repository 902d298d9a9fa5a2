#include <cppunit/extensions/HelperMacros.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <thread>

#include "holdings.h"
#include "support/scratch_folder.h"

using namespace stepd::misbehaving;

/// The search for leaks is searched for leaks: a process that leaks on purpose is seen to.
class HoldingsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HoldingsTest);
    CPPUNIT_TEST(testEachKindOfLeakIsSeen);
    CPPUNIT_TEST(testWhatIsGivenBackIsNoLeak);
    CPPUNIT_TEST_SUITE_END();

    /// In place of a daemon: does `deed` when told to, and holds what it has until it is killed.
    class Fake {
    public:
        explicit Fake(const std::function<void()>& deed) {
            if (::pipe(toIt_) != 0 || ::pipe(fromIt_) != 0) CPPUNIT_FAIL("pipe");
            pid_ = ::fork();
            if (pid_ == 0) {
                ::prctl(PR_SET_PDEATHSIG, SIGKILL);
                say(fromIt_[1]), hear(toIt_[0]);
                deed();
                say(fromIt_[1]);
                for (;;) ::pause();
            }
            hear(fromIt_[0]);
        }
        Fake(const Fake&) = delete;
        Fake& operator=(const Fake&) = delete;
        ~Fake() {
            for (const auto& process : descendantsOf(::getpid())) ::kill(process.pid, SIGKILL);
            while (::waitpid(-1, nullptr, 0) > 0) {
            }
            for (const int fd : {toIt_[0], toIt_[1], fromIt_[0], fromIt_[1]}) ::close(fd);
        }
        void go() const { say(toIt_[1]), hear(fromIt_[0]); }
        pid_t pid() const { return pid_; }

    private:
        static void say(int fd) { CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::write(fd, "x", 1)); }
        static void hear(int fd) {
            char byte = 0;
            CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::read(fd, &byte, 1));
        }
        int toIt_[2]{}, fromIt_[2]{};
        pid_t pid_ = 0;
    };

    static std::string leaked(const std::function<void()>& deed, const ScratchFolder& state) {
        const Fake fake(deed);
        const auto before = Holdings::take(::getpid(), fake.pid(), state.path());
        fake.go();
        const auto after = Holdings::take(::getpid(), fake.pid(), state.path());
        std::string all;
        for (const auto& sentence : after.excess(before, fake.pid(), 16U << 20)) all += sentence + "\n";
        return all;
    }

    static void leaveAZombie() {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(0);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
    }

    static void leaveAStray() {
        const pid_t child = ::fork();
        if (child != 0) {
            ::waitpid(child, nullptr, 0);
            return;
        }
        ::setsid();
        if (::fork() != 0) ::_exit(0);
        for (;;) ::pause();
    }

    static void useMemory() {
        static char* const memory = new char[64U << 20];
        std::memset(memory, 1, 64U << 20);
    }

    void testEachKindOfLeakIsSeen() {
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        const ScratchFolder state;
        const struct {
            std::string sentence;
            std::function<void()> deed;
        } rows[] = {
            {"descriptors of pipe: ", [] { (void)!::pipe(std::array<int, 2>{}.data()); }},
            {"descriptors of /memfd:frame (deleted): 1, and 0 before", [] { ::memfd_create("frame", 0); }},
            {"threads: 2, and 1 before", [] { std::thread([] { ::pause(); }).detach(); }},
            {"state Z", [] { leaveAZombie(); }},
            {", child of " + std::to_string(::getpid()) + ")", [] { leaveAStray(); }},
            {"processes: 1, and 0 before", [] { leaveAStray(); }},
            {"files of its state: 2, and 0 before", [&] { state.write("tmp/left", ""); }},
            {"resident bytes: ", [] { useMemory(); }},
        };
        for (const auto& row : rows) {
            const auto seen = leaked(row.deed, state);
            CPPUNIT_ASSERT_MESSAGE(row.sentence + ", not " + seen, seen.find(row.sentence) != std::string::npos);
        }
    }

    void testWhatIsGivenBackIsNoLeak() {
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        const ScratchFolder state;
        CPPUNIT_ASSERT_EQUAL(std::string(), leaked(
                                                [] {
                                                    ::close(::memfd_create("frame", 0));
                                                    std::thread([] {}).join();
                                                    leaveAZombie();
                                                    ::waitpid(-1, nullptr, 0);
                                                },
                                                state));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HoldingsTest);
