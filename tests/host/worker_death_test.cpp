#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>

#include "host/host_fixture.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;

/// Steps that do not end as they should: each gets its class, and nobody else is harmed.
class WorkerDeathTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WorkerDeathTest);
    CPPUNIT_TEST(testDeathIsACrashAndAnotherWorkerTakesOver);
    CPPUNIT_TEST(testDeathEndsAllCallsOfTheWorkerAndNoOthers);
    CPPUNIT_TEST(testQueuedCallsAreNotBlamed);
    CPPUNIT_TEST(testRubbishOnEveryDescriptorKillsTheWorker);
    CPPUNIT_TEST(testDeadlineIsATimeoutThatKeepsTheToken);
    CPPUNIT_TEST(testStepThatNeverReturnsIsKilled);
    CPPUNIT_TEST(testGraceIsThatOfThePlugin);
    CPPUNIT_TEST(testStepThatIgnoresSigtermIsKilled);
    CPPUNIT_TEST(testNeighbourOfAKilledCallIsLost);
    CPPUNIT_TEST(testCancelledCallMayBeQueued);
    CPPUNIT_TEST(testChildrenOfTheWorkerDieWithIt);
    CPPUNIT_TEST(testDeadWorkerIsGivenNoCalls);
    CPPUNIT_TEST(testLibraryThatIsGoneIsStillLoaded);
    CPPUNIT_TEST(testWorkersThatCannotBeStartedForAWhileBreakNothing);
    CPPUNIT_TEST(testLibraryThatOthersMayWriteIsRefused);
    CPPUNIT_TEST(testLibraryThatWasWrittenInPlaceIsRefused);
    CPPUNIT_TEST_SUITE_END();

    /// The only child of this process, which is a worker.
    static pid_t onlyWorker() {
        for (const auto& task : fs::directory_iterator("/proc/self/task")) {
            std::ifstream children(task.path() / "children");
            if (pid_t pid = 0; children >> pid) return pid;
        }
        CPPUNIT_FAIL("no worker");
        return 0;
    }

    /// Until the worker's answer lies in our end of its channel, which nobody reads now.
    static void waitAnswer() {
        for (const Instant end = SystemClock().instant() + kPatience; SystemClock().instant() < end;)
            for (int fd = 3; fd < 256; ++fd) {
                int type = 0;
                socklen_t size = sizeof type;
                pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
                const bool channel = ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
                if (channel && ::poll(&waiting, 1, 0) == 1) return;
            }
        CPPUNIT_FAIL("the worker does not answer");
    }

    void testDeadWorkerIsGivenNoCalls() {
        HostFixture host;
        host.useLab(1, 1);
        const auto first = host.invoke(HostFixture::call("wait"));
        host.waitProgress(first);
        const auto queued = host.invoke(HostFixture::call("echo"));
        host.supervisor.cancel(first, host::CancelReason::User);
        // The host's thread stands still while the worker answers and dies.
        std::promise<void> halt;
        host.supervisor.checkConfig("nobody", "", "{}", 1s, [&](const StepResult&) { halt.get_future().wait(); });
        waitAnswer();
        const pid_t worker = onlyWorker();
        ::kill(worker, SIGKILL);
        CPPUNIT_ASSERT(isGone(worker));
        halt.set_value();
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(first));
        ASSERT_CLASS(OutcomeClass::Ok, host.wait(queued));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host.supervisor.plugin("lab")->restarts);
    }

    /// The worker's program and the laboratory in a folder of their own, from which they can be taken away.
    struct Movable {
        Movable() {
            fs::create_directory(folder);
            fs::copy_file(HostFixture::spec("", "lab").library, library);
            fs::create_symlink(STEPD_TEST_WORKER, program);
        }
        ~Movable() { fs::remove_all(folder); }
        Movable(const Movable&) = delete;
        Movable& operator=(const Movable&) = delete;
        host::HostOptions options() const {
            auto options = HostFixture::options();
            options.workerProgram = program.string();
            options.maxRespawnDelay = 5ms;
            return options;
        }
        host::PluginSpec spec() const {
            auto spec = HostFixture::spec("lab", "lab");
            spec.library = library.string();
            return spec;
        }
        const fs::path folder = fs::temp_directory_path() / ("stepd-movable-" + std::to_string(::getpid()));
        const fs::path library = folder / "lab.so", program = folder / "stepd-worker";
    };

    void testWorkersThatCannotBeStartedForAWhileBreakNothing() {
        const std::string sentence = "cannot start";
        const Movable files;
        HostFixture host(files.options());
        host.use({files.spec()});
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
        const fs::path away = files.folder / "away";
        fs::rename(files.program, away);
        const auto death = host.run("die");
        ASSERT_CLASS(OutcomeClass::Crash, death);
        const auto status = host.waitSlots("lab", 0);
        CPPUNIT_ASSERT_EQUAL(std::string("ready"), std::string(toString(status.state)));
        ASSERT_CONTAINS(sentence, status.sentence);
        const auto queued = host.invoke(HostFixture::call("echo"));
        const auto failed = [&](const host::PluginLog& line) { return line.text.find(sentence) != std::string::npos; };
        host.services.events.wait("more tries than make a new plugin broken", [&] {
            const auto& lines = host.services.logged;
            return std::count_if(lines.begin(), lines.end(), failed) > files.options().loadTries;
        });
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, host.supervisor.slots("lab"));
        fs::rename(away, files.program);
        ASSERT_CLASS(OutcomeClass::Ok, host.wait(queued));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host.supervisor.slots("lab"));
    }

    void testLibraryThatIsGoneIsStillLoaded() {
        const Movable files;
        HostFixture host(files.options());
        host.use({files.spec()});
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
        fs::remove(files.library);
        const auto death = host.run("die");
        ASSERT_CLASS(OutcomeClass::Crash, death);
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
    }

    void testLibraryThatOthersMayWriteIsRefused() {
        const Movable files;
        HostFixture host(files.options());
        host.use({files.spec()});
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
        fs::permissions(files.library, fs::perms::others_write, fs::perm_options::add);
        const auto death = host.run("die");
        ASSERT_CLASS(OutcomeClass::Crash, death);
        ASSERT_CONTAINS("can be written by others", host.waitState("lab", host::PluginState::Broken).sentence);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, host.supervisor.slots("lab"));
    }

    void testLibraryThatWasWrittenInPlaceIsRefused() {
        const Movable files;
        HostFixture host(files.options());
        host.use({files.spec()});
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
        std::ofstream(files.library, std::ios::app) << "a byte more";
        const auto death = host.run("die");
        ASSERT_CLASS(OutcomeClass::Crash, death);
        ASSERT_CONTAINS("was written to", host.waitState("lab", host::PluginState::Broken).sentence);
    }

    void testDeathIsACrashAndAnotherWorkerTakesOver() {
        HostFixture host;
        host.useLab();
        const struct {
            const char* how;
            const char* sentence;
        } rows[] = {{"abort", "signal 6 (Aborted)"},
                    {"segv", "signal 11"},
                    {"exit", "exited with code 3"},
                    {"kill", "signal 9"}};
        for (const auto& row : rows) {
            const auto result = host.run("die", std::string(R"({"how": ")") + row.how + "\"}");
            ASSERT_CLASS(OutcomeClass::Crash, result);
            ASSERT_CONTAINS(row.sentence, result.error.message);
            ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, host.supervisor.plugin("lab")->restarts);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, host.supervisor.slots("lab"));
    }

    void testDeathEndsAllCallsOfTheWorkerAndNoOthers() {
        HostFixture host;
        auto lab = HostFixture::spec("lab", "lab");
        lab.threads = 2;
        auto other = HostFixture::spec("other", "lab");
        host.use({lab, other});
        const auto neighbour = host.invoke(HostFixture::call("wait"));
        const auto unharmed = host.invoke(HostFixture::call("wait", "{}", "{}", "other"));
        host.waitProgress(neighbour);
        host.waitProgress(unharmed);
        const auto death = host.run("die");
        ASSERT_CLASS(OutcomeClass::Crash, death);
        ASSERT_CLASS(OutcomeClass::Crash, host.wait(neighbour));
        host.supervisor.cancel(unharmed, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(unharmed));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.supervisor.plugin("other")->restarts);
    }

    void testQueuedCallsAreNotBlamed() {
        HostFixture host;
        host.useLab(1, 4);
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
        // One packet: the worker has them all when the first one kills it.
        std::vector<host::StepCall> calls(4, HostFixture::call("echo"));
        calls.front() = HostFixture::call("die", R"({"how": "exit"})");
        const auto ids = host.invokeAll(std::move(calls));
        ASSERT_CLASS(OutcomeClass::Crash, host.wait(ids[0]));
        std::size_t blamed = 0;  // at most those that other threads executed at that very moment
        for (std::size_t i = 1; i < ids.size(); ++i) blamed += host.wait(ids[i]).outcome == OutcomeClass::Crash ? 1 : 0;
        CPPUNIT_ASSERT(blamed < 3);
    }

    void testRubbishOnEveryDescriptorKillsTheWorker() {
        HostFixture host;
        host.useLab();
        for (const char* input : {R"({"bytes": 777})", R"({"bytes": 8})", R"({"bytes": 100000})"}) {
            const auto result = host.run("rubbish", input);
            ASSERT_CLASS(OutcomeClass::Crash, result);
            ASSERT_CONTAINS("broke the protocol", result.error.message);
        }
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
    }

    void testDeadlineIsATimeoutThatKeepsTheToken() {
        HostFixture host;
        host.useLab();
        host.waitState("lab", host::PluginState::Ready);
        auto call = HostFixture::call("wait");
        call.timeout = 50ms;
        const auto result = host.run(call);
        ASSERT_CLASS(OutcomeClass::Timeout, result);
        CPPUNIT_ASSERT_EQUAL(std::string("deadline"), result.error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("the step did not finish within 50ms"), result.error.message);
        CPPUNIT_ASSERT_EQUAL(std::string("at 42"), result.resumeToken);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.supervisor.plugin("lab")->restarts);
    }

    void testStepThatNeverReturnsIsKilled() {
        HostFixture host(kShortGrace);
        host.useLab();
        auto call = HostFixture::call("stuck");
        call.timeout = 50ms;
        const auto result = host.run(call);
        ASSERT_CLASS(OutcomeClass::Timeout, result);
        CPPUNIT_ASSERT_EQUAL(std::string("killed"), result.error.code);
        const auto cancelled = host.invoke(HostFixture::call("stuck"));
        host.waitProgress(cancelled);
        host.supervisor.cancel(cancelled, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(cancelled));
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
    }

    void testGraceIsThatOfThePlugin() {
        HostFixture host;
        auto lab = HostFixture::spec("lab", "lab");
        lab.grace = 20ms;
        host.use({lab});
        const auto stuck = host.invoke(HostFixture::call("stuck"));
        host.waitProgress(stuck);
        host.supervisor.cancel(stuck, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(stuck));
    }

    void testStepThatIgnoresSigtermIsKilled() {
        HostFixture host(kShortGrace);
        host.useLab();
        const auto id = host.invoke(HostFixture::call("stuck", R"({"block_term": true})"));
        host.waitProgress(id);
        host.supervisor.cancel(id, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(id));
        ASSERT_CONTAINS("signal 9", host.waitLog("was killed by"));
    }

    void testNeighbourOfAKilledCallIsLost() {
        HostFixture host(kShortGrace);
        host.useLab(1, 2);
        const auto neighbour = host.invoke(HostFixture::call("wait"));
        const auto guilty = host.invoke(HostFixture::call("stuck"));
        host.waitProgress(neighbour);
        host.waitProgress(guilty);
        host.supervisor.cancel(guilty, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(guilty));
        ASSERT_CLASS(OutcomeClass::Lost, host.wait(neighbour));
    }

    void testCancelledCallMayBeQueued() {
        HostFixture host;
        host.useLab(1, 1);
        const auto first = host.invoke(HostFixture::call("wait"));
        host.waitProgress(first);
        const auto second = host.invoke(HostFixture::call("echo"));
        host.supervisor.cancel(second, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(second));
        host.supervisor.cancel(first, host::CancelReason::User);
        host.supervisor.cancel(first, host::CancelReason::User);
        host.supervisor.cancel(host::CallId{4711}, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(first));
    }

    void testChildrenOfTheWorkerDieWithIt() {
        HostFixture host;
        auto lab = HostFixture::spec("lab", "lab");
        lab.grant.exec = true;
        host.use({lab});
        const auto id = host.invoke(HostFixture::call("orphan"));
        const pid_t child = std::stoi(host.waitProgress(id));
        CPPUNIT_ASSERT(child > 0);
        ASSERT_CONTAINS("exited with code 9", host.wait(id).error.message);
        // Killed before its worker was reaped; a zombie at most until init has looked after it.
        CPPUNIT_ASSERT(isGone(child));
    }

    static bool isGone(pid_t pid) {
        const std::string path = "/proc/" + std::to_string(pid) + "/stat";
        const Instant end = SystemClock().instant() + kPatience;
        while (SystemClock().instant() < end) {
            FILE* file = std::fopen(path.c_str(), "r");
            if (file == nullptr) return true;
            char state = 0;
            const int read = std::fscanf(file, "%*d %*s %c", &state);
            std::fclose(file);
            // Its descriptors are open until the last thread has gone.
            std::error_code error;
            const fs::directory_iterator threads(fs::path(path).parent_path() / "task", error);
            const bool alone = error || std::distance(begin(threads), fs::directory_iterator()) <= 1;
            if (read != 1 || ((state == 'Z' || state == 'X') && alone)) return true;
        }
        return false;
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(WorkerDeathTest);
