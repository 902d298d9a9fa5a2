#include "config/plugin_lock.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>

#include "base/ed25519.h"
#include "base/whole_file.h"
#include "support/scratch_folder.h"

using namespace stepd;
using config::lockProblem;

class PluginLockTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PluginLockTest);
    CPPUNIT_TEST(testTextIsStableAndReadsBack);
    CPPUNIT_TEST(testNothingIsForged);
    CPPUNIT_TEST(testMistakesHaveTheirPlace);
    CPPUNIT_TEST(testWhatIsLockedIsAdmitted);
    CPPUNIT_TEST(testWithoutALock);
    CPPUNIT_TEST(testUnreadableLockAdmitsNothing);
    CPPUNIT_TEST(testSignature);
    CPPUNIT_TEST_SUITE_END();

    // openssl genpkey -algorithm ed25519
    static constexpr const char* kKey =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n";
    static constexpr const char* kOtherKey =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
        "-----END PRIVATE KEY-----\n";

    const std::string digest_ = std::string(64, 'a');
    const config::PluginLock lock_{{"v", {digest_, "0badc0de", "1.2.0", 4711}}};

    static bool has(const std::optional<std::string>& text, const std::string& part) {
        return text && text->find(part) != std::string::npos;
    }

    struct Locked {
        explicit Locked(const std::string& text) {
            settings.configFile = folder.path() + "/stepd.yaml";
            settings.path = folder.write("plugins.lock", text);
        }
        ScratchFolder folder;
        config::PluginLockConfig settings;
    };

    void testTextIsStableAndReadsBack() {
        const std::string text = config::writeLock(lock_);
        CPPUNIT_ASSERT_EQUAL(
            "# Which builds of plugins stepd may load. `stepctl plugins lock` writes this file: review what changes.\n"
            "version: 1\nplugins:\n  v:\n    version: \"1.2.0\"\n    build: \"0badc0de\"\n    sha256: \"" +
                digest_ + "\"\n    size: 4711\n",
            text);
        const auto parsed = config::parseLock(text, "plugins.lock");
        CPPUNIT_ASSERT(parsed.findings.empty());
        CPPUNIT_ASSERT(parsed.plugins == lock_);
        CPPUNIT_ASSERT(config::parseLock(config::writeLock({}), "x").findings.empty());
    }

    // Whatever a plugin says, it is one entry, and its own.
    void testNothingIsForged() {
        const std::string other(64, 'b');
        for (const std::string& said :
             {"1\"\n    sha256: \"" + other + "\"\n  other:\n    version: \"1", std::string("\\\""),
              std::string("\x1B[2J\x7F"), std::string("\xC2\x85\xE2\x80\xA8\xE2\x80\xAE")})
            for (const std::string& name : {std::string("v"), said}) {
                const config::PluginLock lock{{name, {digest_, "0badc0de", said, 4711}}};
                const auto parsed = config::parseLock(config::writeLock(lock), "plugins.lock");
                CPPUNIT_ASSERT_MESSAGE(config::writeLock(lock), parsed.findings.empty());
                CPPUNIT_ASSERT_MESSAGE(config::writeLock(lock), parsed.plugins == lock);
            }
    }

    void testMistakesHaveTheirPlace() {
        const struct {
            const char* text;
            const char* finding;
        } rows[] = {
            {"version: 2\nplugins: {}\n", "plugins.lock:1:"},
            {"version: 1\n", "plugins"},
            {"version: 1\nplugins:\n  v: {sha256: abc, build: '0', version: '1', size: 1}\n", "plugins.lock:3:"},
            {"version: 1\nplugins:\n  v: {build: '0', version: '1', size: 1}\n", "sha256"},
            {"version: 1\nplugins:\n  v: {colour: red}\n", "colour"},
            {"version: 1\nplugins: {}\nmore: 1\n", "more"},
            {"[", "plugins.lock:"},
        };
        for (const auto& row : rows) {
            const auto findings = config::parseLock(row.text, "plugins.lock").findings;
            CPPUNIT_ASSERT_MESSAGE(row.text, hasErrors(findings));
            std::string all;
            for (const auto& finding : findings) all += finding.text() + "\n";
            CPPUNIT_ASSERT_MESSAGE(all, all.find(row.finding) != std::string::npos);
        }
    }

    void testWhatIsLockedIsAdmitted() {
        const Locked locked(config::writeLock(lock_));
        CPPUNIT_ASSERT(!lockProblem(locked.settings, "v", digest_));
        const auto other = lockProblem(locked.settings, "v", std::string(64, 'b'));
        CPPUNIT_ASSERT(has(other, "has the SHA-256 bbbbbbbbbbbb") && has(other, "wants aaaaaaaaaaaa"));
        CPPUNIT_ASSERT(has(other, "stepctl plugins lock " + locked.settings.configFile));
        const auto unknown = lockProblem(locked.settings, "w", digest_);
        CPPUNIT_ASSERT(has(unknown, "does not name the plugin w") && has(unknown, "stepctl plugins lock"));
    }

    void testWithoutALock() {
        Locked locked("");
        std::filesystem::remove(locked.settings.path);
        CPPUNIT_ASSERT(!lockProblem(locked.settings, "v", digest_));
        locked.settings.required = true;
        CPPUNIT_ASSERT(has(lockProblem(locked.settings, "v", digest_), "no plugin is loaded without it"));
        locked.settings.required = false;
        locked.settings.trustedKeys = {ed25519::publicKeyOf(kKey)};
        CPPUNIT_ASSERT(has(lockProblem(locked.settings, "v", digest_), "no plugin is loaded without it"));
    }

    void testUnreadableLockAdmitsNothing() {
        for (const char* text : {"", "rubbish", "version: 1\nplugins: {v: {}}\n"}) {
            const Locked locked(text);
            CPPUNIT_ASSERT_MESSAGE(text, lockProblem(locked.settings, "v", digest_));
        }
        Locked locked("");
        std::filesystem::remove(locked.settings.path);
        std::filesystem::create_directory(locked.settings.path);
        CPPUNIT_ASSERT(has(lockProblem(locked.settings, "v", digest_), "no readable"));
    }

    void testSignature() {
        Locked locked(config::writeLock(lock_));
        locked.settings.trustedKeys = {ed25519::publicKeyOf(kOtherKey), ed25519::publicKeyOf(kKey)};
        CPPUNIT_ASSERT(has(lockProblem(locked.settings, "v", digest_), "is not signed"));
        const std::string text = *readWholeFile(locked.settings.path, 10'000);
        locked.folder.write("plugins.lock.sig", ed25519::sign(kKey, text) + "\n");
        CPPUNIT_ASSERT(!lockProblem(locked.settings, "v", digest_));
        locked.folder.write("plugins.lock", text + "\n");
        CPPUNIT_ASSERT(has(lockProblem(locked.settings, "v", digest_), "is no signature of"));
        locked.folder.write("plugins.lock", text);
        locked.settings.trustedKeys.pop_back();
        CPPUNIT_ASSERT(has(lockProblem(locked.settings, "v", digest_), "is no signature of"));
        locked.folder.write("plugins.lock.sig", "AAAA");
        CPPUNIT_ASSERT(has(lockProblem(locked.settings, "v", digest_), "is no signature of"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PluginLockTest);
