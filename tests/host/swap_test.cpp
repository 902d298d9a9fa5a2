#include "host/swap.h"

#include <filesystem>
#include <fstream>

#include "host/host_fixture.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;
using Kind = host::Swap::Kind;

/// A plugin whose library is replaced while the host runs.
class SwapTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SwapTest);
    CPPUNIT_TEST(testNewLibraryTakesOverAndTheOldOneEndsItsCalls);
    CPPUNIT_TEST(testReloadOfTheSameFileChangesNothing);
    CPPUNIT_TEST(testLibraryThatCannotBeLoadedKeepsTheOldOne);
    CPPUNIT_TEST(testLibraryThatIsRefusedKeepsTheOldOne);
    CPPUNIT_TEST(testWaitingCallsGoToTheNewLibrary);
    CPPUNIT_TEST(testTwentySwapsUnderLoadFailNoCall);
    CPPUNIT_TEST(testNewOptionsWithABadLibraryChangeNothing);
    CPPUNIT_TEST(testPinnedCallsGetTheirBuild);
    CPPUNIT_TEST(testPinnedBuildIsStartedAgain);
    CPPUNIT_TEST(testBuildThatIsGoneMayBeTheCurrentOne);
    CPPUNIT_TEST(testBuildThatIsGoneMayFailTheCall);
    CPPUNIT_TEST(testRollBackAndForth);
    CPPUNIT_TEST(testRollBackLastsUntilReload);
    CPPUNIT_TEST(testNothingToRollBackTo);
    CPPUNIT_TEST(testBrokenPluginIsRolledBackAfterARestart);
    CPPUNIT_TEST(testInproc);
    CPPUNIT_TEST(testRemovedPluginLeavesAndItsCallsEnd);
    CPPUNIT_TEST_SUITE_END();

    /// A host whose plugin `v` lies in a folder of its own.
    struct Swapped {
        explicit Swapped(std::optional<std::string> state = {}, Duration patience = kPatience)
            : fixture(options(state ? *state : folder.file("builds"), patience)), host(fixture.supervisor) {}

        static host::HostOptions options(const std::string& directory, Duration patience) {
            auto options = HostFixture::options();
            options.buildDirectory = directory;
            options.buildPatience = patience;
            return options;
        }
        /// As a package manager does it.
        void install(const std::string& library) const {
            fs::copy_file(HostFixture::spec("", library).library, path() + ".new");
            fs::rename(path() + ".new", path());
        }
        std::string path() const { return folder.file("v.so"); }
        host::PluginSpec spec() const {
            auto spec = HostFixture::spec("v", "");
            spec.library = path();
            return spec;
        }
        void begin(const std::string& library) {
            install(library);
            CPPUNIT_ASSERT(Kind::Loaded == fixture.swap({spec()}).at(0).kind);
        }
        host::Swap reload() {
            return wait([&](host::SwapDone done) { host.reload("v", std::move(done)); });
        }
        host::Swap rollBack(const std::string& to = {}) {
            return wait([&](host::SwapDone done) { host.rollBack("v", to, std::move(done)); });
        }
        template <typename Ask>
        host::Swap wait(Ask&& ask) {
            std::optional<host::Swap> swap;
            Events events;
            ask([&](host::Swap told) { events.change([&] { swap = std::move(told); }); });
            events.wait("the swap", [&] { return swap.has_value(); });
            return std::move(*swap);
        }
        host::StepCall call(const std::string& step, const std::string& build = {}) const {
            auto call = HostFixture::call(step, "{}", "{}", "v");
            call.build = build;
            return call;
        }
        /// `1.0.0`
        std::string which(const std::string& build = {}) { return versionIn(fixture.run(call("which", build))); }
        static std::string versionIn(const StepResult& result) {
            ASSERT_CLASS(OutcomeClass::Ok, result);
            const auto at = result.output.find("\"build\":\"");
            return result.output.substr(at + 9, 5);
        }

        TempDir folder;
        HostFixture fixture;
        host::Supervisor& host;
    };

    void testNewLibraryTakesOverAndTheOldOneEndsItsCalls() {
        Swapped v;
        v.begin("versioned_1");
        v.install("versioned_2");
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());  // nobody has said so yet
        const auto running = v.fixture.invoke(v.call("wait"));
        v.fixture.waitProgress(running);
        const auto swap = v.reload();
        CPPUNIT_ASSERT(Kind::Replaced == swap.kind);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), swap.before.version);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), swap.after.version);
        CPPUNIT_ASSERT(swap.before.build != swap.after.build);
        CPPUNIT_ASSERT_EQUAL(swap.after.build, v.host.build("v"));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which());
        const auto status = v.host.plugin("v");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, status->generations.size());
        CPPUNIT_ASSERT_EQUAL(swap.before.build, status->previous.build);
        v.host.cancel(running, host::CancelReason::User);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), Swapped::versionIn(v.fixture.wait(running)));
    }

    void testReloadOfTheSameFileChangesNothing() {
        Swapped v;
        v.begin("versioned_1");
        v.install("versioned_1");
        CPPUNIT_ASSERT(Kind::Unchanged == v.reload().kind);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, v.host.plugin("v")->generations.size());
        CPPUNIT_ASSERT(Kind::Broken == v.wait([&](auto done) { v.host.reload("nobody", done); }).kind);
    }

    void testLibraryThatCannotBeLoadedKeepsTheOldOne() {
        Swapped v;
        v.begin("versioned_1");
        for (const char* library : {"broken_exit", "broken_major", "broken_symbol"}) {
            v.install(library);
            const auto swap = v.reload();
            CPPUNIT_ASSERT(Kind::Kept == swap.kind);
            CPPUNIT_ASSERT(!swap.sentence.empty());
            CPPUNIT_ASSERT_EQUAL(swap.before.build, swap.after.build);
            CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
            CPPUNIT_ASSERT_EQUAL(std::string("ready"), std::string(toString(v.host.plugin("v")->state)));
            CPPUNIT_ASSERT_EQUAL(swap.sentence, v.host.plugin("v")->notUsed);
        }
        v.install("versioned_2");
        CPPUNIT_ASSERT(Kind::Replaced == v.reload().kind);
        CPPUNIT_ASSERT(v.host.plugin("v")->notUsed.empty());
    }

    void testLibraryThatIsRefusedKeepsTheOldOne() {
        Swapped v;
        v.begin("versioned_1");
        v.install("versioned_2");
        fs::permissions(v.path(), fs::perms::others_write, fs::perm_options::add);
        ASSERT_CONTAINS("can be written by others", v.reload().sentence);
        fs::remove(v.path());
        const auto swap = v.reload();
        CPPUNIT_ASSERT(Kind::Kept == swap.kind);
        ASSERT_CONTAINS("No such file", swap.sentence);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
    }

    void testWaitingCallsGoToTheNewLibrary() {
        Swapped v;
        v.begin("versioned_1");
        const auto running = v.fixture.invoke(v.call("wait"));
        v.fixture.waitProgress(running);
        const auto waiting = v.fixture.invoke(v.call("which"));
        const auto pinned = v.fixture.invoke(v.call("which", v.host.build("v")));
        v.install("versioned_2");
        CPPUNIT_ASSERT(Kind::Replaced == v.reload().kind);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), Swapped::versionIn(v.fixture.wait(waiting)));
        v.host.cancel(running, host::CancelReason::User);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), Swapped::versionIn(v.fixture.wait(running)));
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), Swapped::versionIn(v.fixture.wait(pinned)));
    }

    void testTwentySwapsUnderLoadFailNoCall() {
        Swapped v;
        v.begin("versioned_1");
        std::vector<host::CallId> calls;
        for (int i = 0; i < 20; ++i) {
            v.install(i % 2 == 0 ? "versioned_2" : "versioned_1");
            const auto swap = v.wait([&](host::SwapDone done) {
                v.host.reload("v", std::move(done));
                for (int n = 0; n < 50; ++n) calls.push_back(v.fixture.invoke(v.call("which")));
            });
            CPPUNIT_ASSERT(Kind::Replaced == swap.kind);
        }
        std::set<std::string> seen;
        for (const auto id : calls) seen.insert(Swapped::versionIn(v.fixture.wait(id)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, seen.size());
    }

    void testNewOptionsWithABadLibraryChangeNothing() {
        Swapped v;
        v.begin("versioned_1");
        auto spec = v.spec();
        spec.options = R"({"new": true})";
        v.install("broken_name");
        CPPUNIT_ASSERT(Kind::Kept == v.fixture.swap({spec}).at(0).kind);
        CPPUNIT_ASSERT(v.fixture.run(v.call("which")).output.find("new") == std::string::npos);
        v.install("versioned_1");
        CPPUNIT_ASSERT(Kind::Replaced == v.fixture.swap({spec}).at(0).kind);
        ASSERT_CONTAINS("\"new\":true", v.fixture.run(v.call("which")).output);
    }

    void testPinnedCallsGetTheirBuild() {
        Swapped v;
        v.begin("versioned_1");
        const auto first = v.host.build("v");
        v.install("versioned_2");
        const auto second = v.reload().after.build;
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which(first));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which(second));
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which());
        const auto generations = v.host.plugin("v")->generations;
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, generations.size());
        CPPUNIT_ASSERT(host::GenerationStatus::Role::Retired == generations[1].role);
        CPPUNIT_ASSERT_EQUAL(first, generations[1].name.build);
    }

    void testPinnedBuildIsStartedAgain() {
        Swapped v({}, 1ms);
        v.begin("versioned_1");
        const auto first = v.host.build("v");
        v.install("versioned_2");
        v.reload();
        for (int i = 0; i < 3; ++i) {
            CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which(first));
            v.fixture.waitStatus("v", "the old one to leave", [](const auto& s) { return s.generations.size() == 1; });
        }
        v.fixture.waitLog("is started again for runs that are pinned to it");
    }

    void testBuildThatIsGoneMayBeTheCurrentOne() {
        Swapped v;
        v.begin("versioned_1");
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which("0123456789abcdef"));
        v.fixture.waitLog("build 0123456789abcdef, to which runs are pinned, is gone; the current one does");
    }

    void testBuildThatIsGoneMayFailTheCall() {
        Swapped v;
        v.install("versioned_1");
        auto spec = v.spec();
        spec.missingBuild = MissingBuild::Fail;
        v.fixture.swap({spec});
        const auto result = v.fixture.run(v.call("which", "0123"));
        ASSERT_CLASS(OutcomeClass::InvalidConfig, result);
        CPPUNIT_ASSERT_EQUAL(std::string("build_gone"), result.error.code);
        ASSERT_CONTAINS("pinned to build 0123 of the plugin v, which is gone", result.error.message);
    }

    void testRollBackAndForth() {
        Swapped v;
        v.begin("versioned_1");
        v.install("versioned_2");
        v.reload();
        v.install("versioned_3");
        v.reload();
        fs::remove(v.path());
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.rollBack().after.version);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which());
        CPPUNIT_ASSERT_EQUAL(std::string("3.0.0"), v.rollBack().after.version);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.rollBack("1.0.0").after.version);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
        const auto unknown = v.rollBack("4.0.0");
        CPPUNIT_ASSERT(Kind::Kept == unknown.kind);
        ASSERT_CONTAINS("no build '4.0.0' is kept", unknown.sentence);
    }

    void testRollBackLastsUntilReload() {
        TempDir state;
        TempDir plugins;
        const auto restarted = [&](const std::string& library) {
            auto v = std::make_unique<Swapped>(state.file("builds"));
            v->install(library);
            v->fixture.swap({v->spec()});
            return v;
        };
        restarted("versioned_1");
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), restarted("versioned_2")->rollBack().after.version);
        {
            const auto v = restarted("versioned_2");
            CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v->which());
            ASSERT_CONTAINS("which was rolled back", v->host.plugin("v")->notUsed);
            CPPUNIT_ASSERT(Kind::Unchanged == v->fixture.swap({v->spec()}).at(0).kind);
            CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v->reload().after.version);
            CPPUNIT_ASSERT(v->host.plugin("v")->notUsed.empty());
        }
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), restarted("versioned_2")->which());
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), restarted("versioned_2")->rollBack().after.version);
        CPPUNIT_ASSERT_EQUAL(std::string("3.0.0"), restarted("versioned_3")->which());  // not what was rolled back
    }

    void testNothingToRollBackTo() {
        Swapped v;
        v.begin("versioned_1");
        const auto swap = v.rollBack();
        CPPUNIT_ASSERT(Kind::Kept == swap.kind);
        CPPUNIT_ASSERT_EQUAL(std::string("no build is kept that ran before this one"), swap.sentence);
    }

    void testBrokenPluginIsRolledBackAfterARestart() {
        TempDir state;
        Swapped(state.file("builds")).begin("versioned_1");
        Swapped v(state.file("builds"));
        v.install("broken_magic");
        CPPUNIT_ASSERT(Kind::Broken == v.fixture.swap({v.spec()}).at(0).kind);
        ASSERT_CLASS(OutcomeClass::InvalidConfig, v.fixture.run(v.call("which")));
        const auto swap = v.rollBack();
        CPPUNIT_ASSERT(Kind::Loaded == swap.kind);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
    }

    void testInproc() {
        Swapped v;
        v.install("versioned_1");
        auto spec = v.spec();
        spec.isolation = host::Isolation::Inproc;
        v.fixture.swap({spec});
        const auto first = v.host.build("v");
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
        v.install("versioned_2");
        CPPUNIT_ASSERT(Kind::Replaced == v.reload().kind);
        CPPUNIT_ASSERT_EQUAL(std::string("2.0.0"), v.which());
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which(first));
        v.install("broken_exit");  // in a worker first
        CPPUNIT_ASSERT(Kind::Kept == v.reload().kind);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.rollBack().after.version);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0.0"), v.which());
    }

    void testRemovedPluginLeavesAndItsCallsEnd() {
        Swapped v;
        v.begin("versioned_1");
        const auto running = v.fixture.invoke(v.call("wait"));
        v.fixture.waitProgress(running);
        CPPUNIT_ASSERT(v.fixture.swap({}).empty());
        CPPUNIT_ASSERT_EQUAL(std::string("unknown_plugin"), v.fixture.run(v.call("which")).error.code);
        v.host.cancel(running, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Ok, v.fixture.wait(running));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SwapTest);
