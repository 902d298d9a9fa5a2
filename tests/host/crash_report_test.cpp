#include <fcntl.h>
#include <sys/mman.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "host/build_id.h"
#include "host/host_fixture.h"
#include "host/symbolizer.h"
#include "support/scratch_folder.h"

using namespace stepd;
using namespace stepd::test;
using Json = nlohmann::json;

/// What people are told of a crash: the signal, the place by name, the last lines, and a name for it.
class CrashReportTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CrashReportTest);
    CPPUNIT_TEST(testCrashIsReportedWithItsPlace);
    CPPUNIT_TEST(testEachSignalIsNamed);
    CPPUNIT_TEST(testStackOverflowIsCalledSo);
    CPPUNIT_TEST(testJumpToNowhereNamesTheCaller);
    CPPUNIT_TEST(testLastLinesAreKept);
    CPPUNIT_TEST(testSecretsAreStruckOut);
    CPPUNIT_TEST(testSameCrashHasTheSameFingerprint);
    CPPUNIT_TEST(testChicaneryMakesThePoorerReport);
    CPPUNIT_TEST(testExitIsReportedToo);
    CPPUNIT_TEST(testCallOnTheCrashedThreadAloneIsToBlame);
    CPPUNIT_TEST(testWithoutSymbolizerThereAreOffsets);
    CPPUNIT_TEST(testHostileLibraryCostsTheNamesAlone);
    CPPUNIT_TEST_SUITE_END();

    static host::PluginSpec plugin(std::uint32_t threads = 1) {
        auto spec = HostFixture::spec("crashing", "crashing");
        spec.threads = threads;
        return spec;
    }
    static host::StepCall call(const std::string& input) { return HostFixture::call("crash", input, "{}", "crashing"); }
    static StepResult crash(HostFixture& host, const std::string& how) {
        return host.run(call(R"({"how": ")" + how + R"("})"));
    }
    static Json detailsOf(const StepResult& result) {
        ASSERT_CLASS(OutcomeClass::Crash, result);
        CPPUNIT_ASSERT_EQUAL(std::string("crash"), result.error.code);
        return Json::parse(result.error.details);
    }
    static std::string top(const Json& details) { return details.at("stack").at(0).get<std::string>(); }

    void testCrashIsReportedWithItsPlace() {
        HostFixture host;
        host.use({plugin()});
        const auto result = crash(host, "read");
        const Json details = detailsOf(result);
        CPPUNIT_ASSERT_EQUAL(std::string("SIGSEGV"), details.at("signal").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("0x40"), details.at("address").get<std::string>());
        ASSERT_CONTAINS("readThere()+0x", top(details));
        ASSERT_CONTAINS("(crashing_plugin.cpp:", top(details));
        ASSERT_CONTAINS("signal 11 (Segmentation fault) in readThere()+0x", result.error.message);
        CPPUNIT_ASSERT_EQUAL(std::string("crashing.so"), details.at("module").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(host.supervisor.plugin("crashing")->description->buildId,
                             details.at("build_id").get<std::string>());
        CPPUNIT_ASSERT(!details.contains("reason"));
        bool caller = false;
        for (const auto& frame : details.at("stack"))
            caller = caller || frame.get<std::string>().find("Crash::run(stepd::Context&)") != std::string::npos;
        CPPUNIT_ASSERT_MESSAGE(details.dump(2), caller);
    }

    void testEachSignalIsNamed() {
        HostFixture host;
        host.use({plugin()});
        const struct {
            const char* how;
            const char* signal;
            const char* place;
        } rows[] = {{"divide", "SIGFPE", "divide()"},      {"trap", "SIGILL", "trap()"},
                    {"bus", "SIGBUS", "readBeyondFile()"}, {"thread", "SIGSEGV", "readThere()"},
                    {"abort", "SIGABRT", "libc.so"},       {"close", "SIGSEGV", "readThere()"}};
        for (const auto& row : rows) {
            const Json details = detailsOf(crash(host, row.how));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.how, std::string(row.signal), details.at("signal").get<std::string>());
            ASSERT_CONTAINS(row.place, top(details));
        }
        const Json aborted = detailsOf(crash(host, "abort"));
        ASSERT_CONTAINS("Crash::run", aborted.at("stack").dump());
        CPPUNIT_ASSERT(!aborted.contains("address"));
    }

    void testStackOverflowIsCalledSo() {
        HostFixture host;
        host.use({plugin()});
        const auto result = crash(host, "deep");
        const Json details = detailsOf(result);
        CPPUNIT_ASSERT_EQUAL(std::string("stack overflow"), details.at("reason").get<std::string>());
        ASSERT_CONTAINS("deep(int)", top(details));
        ASSERT_CONTAINS(": stack overflow in deep(int)", result.error.message);
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, details.at("stack").size());
        CPPUNIT_ASSERT_EQUAL(details.at("fingerprint"), detailsOf(crash(host, "deep")).at("fingerprint"));
    }

    void testJumpToNowhereNamesTheCaller() {
        HostFixture host;
        host.use({plugin()});
        const Json details = detailsOf(crash(host, "call"));
        CPPUNIT_ASSERT_EQUAL(std::string("0x40"), top(details));
        ASSERT_CONTAINS("callNothing()", details.at("stack").at(1).get<std::string>());
    }

    void testLastLinesAreKept() {
        HostFixture host;
        host.use({plugin()});
        const Json details = detailsOf(host.run(call(R"({"how": "read", "lines": 20})")));
        const auto log = details.at("log").get<std::vector<std::string>>();
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, log.size());
        CPPUNIT_ASSERT(std::find(log.begin(), log.end(), "line 20") != log.end());
        CPPUNIT_ASSERT(std::find(log.begin(), log.end(), "on stderr") != log.end());
        CPPUNIT_ASSERT(std::find(log.begin(), log.end(), "line 1") == log.end());
    }

    void testSecretsAreStruckOut() {
        HostFixture host;
        host.services.secrets["api_key"] = "s3cr\"et-value";
        auto spec = plugin();
        spec.secrets = {"api_key"};
        host.use({spec});
        const auto result = host.run(call(R"({"how": "read", "secret": true})"));
        ASSERT_CONTAINS("the key is [secret]", detailsOf(result).at("log").dump());
        CPPUNIT_ASSERT(result.error.details.find("et-value") == std::string::npos);
    }

    void testSameCrashHasTheSameFingerprint() {
        HostFixture host;
        host.use({plugin()});
        const auto print = [&](const std::string& input) {
            return detailsOf(host.run(call(input))).at("fingerprint").at("id").get<std::string>();
        };
        const std::string first = print(R"({"how": "read"})");
        CPPUNIT_ASSERT_EQUAL(std::size_t{16}, first.size());
        CPPUNIT_ASSERT_EQUAL(first, print(R"({"how": "read"})"));
        CPPUNIT_ASSERT(first != print(R"({"how": "read", "other": 1})"));
        CPPUNIT_ASSERT(first != print(R"({"how": "divide"})"));
        HostFixture another;
        another.use({plugin()});
        CPPUNIT_ASSERT_EQUAL(
            first, detailsOf(another.run(call(R"({"how": "read"})")))["fingerprint"]["id"].get<std::string>());
    }

    void testChicaneryMakesThePoorerReport() {
        HostFixture host;
        auto spec = plugin();
        spec.sandbox = SandboxMode::Off;  // it has a child
        host.use({spec});
        for (const char* how : {"replace", "block"}) {
            const Json details = detailsOf(crash(host, how));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(how, std::string("SIGSEGV"), details.at("signal").get<std::string>());
            CPPUNIT_ASSERT_MESSAGE(how, !details.contains("stack"));
        }
        // The one that crashed is a child: the worker itself has left in another way.
        const Json child = detailsOf(crash(host, "child"));
        CPPUNIT_ASSERT_EQUAL(std::string("exited with code 3"), child.at("signal").get<std::string>());
        CPPUNIT_ASSERT(!child.contains("stack"));
    }

    void testExitIsReportedToo() {
        HostFixture host;
        host.use({plugin()});
        const Json first = detailsOf(crash(host, "exit"));
        CPPUNIT_ASSERT_EQUAL(std::string("exited with code 9"), first.at("signal").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(first.at("fingerprint"), detailsOf(crash(host, "exit")).at("fingerprint"));
    }

    void testCallOnTheCrashedThreadAloneIsToBlame() {
        HostFixture host;
        host.use({plugin(32)});
        host.waitState("crashing", host::PluginState::Ready);
        std::vector<host::CallId> others;
        for (int i = 0; i < 31; ++i) others.push_back(host.invoke(call("{}")));
        for (const auto id : others) host.waitProgress(id);
        ASSERT_CONTAINS("readThere()", top(detailsOf(crash(host, "read"))));
        for (const auto id : others) ASSERT_CLASS(OutcomeClass::Lost, host.wait(id));
    }

    void testWithoutSymbolizerThereAreOffsets() {
        const ScratchFolder folder;
        auto options = HostFixture::options();
        options.workerProgram = folder.path() + "/stepd-worker";
        std::filesystem::copy_file(STEPD_TEST_WORKER, options.workerProgram);
        HostFixture host(options);
        host.use({plugin()});
        const Json bare = detailsOf(crash(host, "read"));
        ASSERT_CONTAINS("crashing.so+0x", top(bare));
        HostFixture whole;
        whole.use({plugin()});
        CPPUNIT_ASSERT_EQUAL(bare["fingerprint"]["id"].get<std::string>(),
                             detailsOf(crash(whole, "read"))["fingerprint"]["id"].get<std::string>());
    }

    static host::CrashTrace namedBy(const FileDescriptor& library) {
        const SystemClock clock;
        host::EventLoop loop(clock);
        host::CrashTrace trace;
        trace.frames = {{.module = "x.so", .plugin = true, .offset = 0x1234}};
        host::CrashTrace named;
        const host::Symbolizer symbolizer(loop, STEPD_TEST_WORKER, library, trace, [&](host::CrashTrace done) {
            named = std::move(done);
            loop.stop();
        });
        loop.run();
        return named;
    }

    void testHostileLibraryCostsTheNamesAlone() {
        const auto real = HostFixture::spec("crashing", "crashing").library;
        for (const std::size_t cut :
             {std::size_t{0}, std::size_t{3}, std::size_t{64}, std::size_t{4096}, std::size_t{40000}}) {
            const FileDescriptor from(::open(real.c_str(), O_RDONLY | O_CLOEXEC));
            const FileDescriptor library(::memfd_create("library", MFD_CLOEXEC));
            std::string bytes(cut, '\0');
            CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(cut), ::read(from.get(), bytes.data(), cut));
            if (cut > 64) std::fill(bytes.begin() + 64, bytes.end(), '\xff');  // its header still points there
            CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(cut), ::write(library.get(), bytes.data(), cut));
            const auto trace = namedBy(library);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, trace.frames.size());
            CPPUNIT_ASSERT_EQUAL(std::string("x.so+0x1234"), trace.frames[0].text());
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CrashReportTest);
