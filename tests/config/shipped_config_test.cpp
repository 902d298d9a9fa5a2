#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "config/loader.h"
#include "support/scratch_folder.h"

using namespace stepd;
using namespace stepd::config;

/// config/stepd.yaml is the manual of the settings: it and the reader must know the same ones.
class ShippedConfigTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ShippedConfigTest);
    CPPUNIT_TEST(testLoadsWithoutFindings);
    CPPUNIT_TEST(testEverySettingIsShown);
    CPPUNIT_TEST(testNoUnknownSettingIsShown);
    CPPUNIT_TEST(testShownValuesAreTheDefaults);
    CPPUNIT_TEST_SUITE_END();

    static std::string path() {
        const char* source = std::getenv("STEPD_SOURCE_DIR");
        CPPUNIT_ASSERT_MESSAGE("STEPD_SOURCE_DIR is not set; run through ctest", source != nullptr);
        return std::string(source) + "/config/stepd.yaml";
    }

    /// Words before a colon at the start of a line, commented out or not.
    static std::set<std::string> shownKeys() {
        std::set<std::string> keys;
        std::ifstream stream(path());
        for (std::string line; std::getline(stream, line);) {
            const std::size_t start = line.find_first_not_of(" #-");
            const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", start);
            if (start != std::string::npos && end != std::string::npos && line[end] == ':' && end > start)
                if (end + 1 == line.size() || line[end + 1] == ' ') keys.insert(line.substr(start, end - start));
        }
        return keys;
    }

    static std::set<std::string> knownWords(const Loaded& loaded) {
        std::set<std::string> words;
        for (const auto& key : loaded.knownKeys)
            if (!key.starts_with("secrets.")) words.insert(key.substr(key.find_last_of(".]") + 1));
        return words;
    }

    /// The shipped file has no event key, since a key would be no secret; what a key may hold is known once one is
    /// read.
    static Loaded loadWithEventKey() {
        const ScratchFolder folder;
        std::ifstream stream(path());
        std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
        const std::string none = "event_keys: []";
        text.replace(text.find(none), none.size(),
                     "event_keys: [{name: a, key: '${env:KEY}', rate: {limit: 1, period: 1s}}]");
        return load(folder.write("stepd.yaml", text), {.environment = {{"KEY", "0123456789abcdef0123456789abcdef"}}});
    }

    void testLoadsWithoutFindings() {
        const Loaded loaded = load(path(), {});
        for (const auto& finding : loaded.findings) CPPUNIT_FAIL(finding.text());
        const std::vector<std::string> names = {"validator", "linkedin_collector", "website_analyzer", "core",
                                                "result_saver"};
        CPPUNIT_ASSERT_EQUAL(names.size(), loaded.config.plugins.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            CPPUNIT_ASSERT_EQUAL(names[i], loaded.config.plugins[i].name);
            CPPUNIT_ASSERT(loaded.config.plugins[i].library.ends_with("/" + names[i] + ".so"));
        }
        for (const char* policy : {"never", "quick", "external-api"})
            CPPUNIT_ASSERT(loaded.config.retryPolicies.contains(policy));
        CPPUNIT_ASSERT(loaded.config.secrets.at("SCRAPINGDOG_API_KEY").empty());
    }

    void testEverySettingIsShown() {
        const auto shown = shownKeys();
        for (const auto& word : knownWords(loadWithEventKey()))
            CPPUNIT_ASSERT_MESSAGE(word + " is not shown", shown.contains(word));
    }

    void testNoUnknownSettingIsShown() {
        const Loaded loaded = loadWithEventKey();
        auto known = knownWords(loaded);
        // Names, not settings: of plugins, policies and limiters, and what plugins themselves define.
        for (const auto& plugin : loaded.config.plugins) known.insert(plugin.name);
        for (const auto& policy : loaded.config.retryPolicies) known.insert(policy.first);
        for (const auto& limiter : loaded.config.limiters) known.insert(limiter.first);
        for (const char* option : {"contact_url", "output_dir", "retention_days"}) known.insert(option);
        for (const auto& word : shownKeys())
            CPPUNIT_ASSERT_MESSAGE(word + " is shown, but nothing reads it", known.contains(word));
    }

    void testShownValuesAreTheDefaults() {
        const DaemonConfig shown = load(path(), {}).config;
        const DaemonConfig plain;
        CPPUNIT_ASSERT_EQUAL(plain.http.address, shown.http.address);
        CPPUNIT_ASSERT_EQUAL(plain.http.port, shown.http.port);
        CPPUNIT_ASSERT_EQUAL(plain.http.connections, shown.http.connections);
        CPPUNIT_ASSERT_EQUAL(plain.http.connectionsPerAddress, shown.http.connectionsPerAddress);
        CPPUNIT_ASSERT_EQUAL(plain.http.body, shown.http.body);
        CPPUNIT_ASSERT_EQUAL(plain.http.receiving, shown.http.receiving);
        CPPUNIT_ASSERT(plain.http.headerTimeout == shown.http.headerTimeout);
        CPPUNIT_ASSERT(plain.http.idleTimeout == shown.http.idleTimeout);
        CPPUNIT_ASSERT_EQUAL(plain.engine.maxActiveRuns, shown.engine.maxActiveRuns);
        CPPUNIT_ASSERT_EQUAL(plain.engine.quarantineAfterCrashes, shown.engine.quarantineAfterCrashes);
        CPPUNIT_ASSERT(plain.engine.parkAfter == shown.engine.parkAfter);
        CPPUNIT_ASSERT_EQUAL(plain.admission.maxEvents, shown.admission.maxEvents);
        CPPUNIT_ASSERT_EQUAL(plain.admission.maxBytes, shown.admission.maxBytes);
        CPPUNIT_ASSERT_EQUAL(plain.admission.maxQueuedRuns, shown.admission.maxQueuedRuns);
        CPPUNIT_ASSERT(plain.admission.maxDelay == shown.admission.maxDelay);
        CPPUNIT_ASSERT(plain.admission.maxMemory == shown.admission.maxMemory);
        CPPUNIT_ASSERT_EQUAL(plain.admission.minFreeDisk, shown.admission.minFreeDisk);
        CPPUNIT_ASSERT(plain.log.level == shown.log.level);
        CPPUNIT_ASSERT(plain.log.format == shown.log.format);
        CPPUNIT_ASSERT(plain.defaultTimeout == shown.defaultTimeout);
        CPPUNIT_ASSERT_EQUAL(plain.outbound.allow.size(), shown.outbound.allow.size());
        CPPUNIT_ASSERT(plain.outbound.allowedPorts == shown.outbound.allowedPorts);
        CPPUNIT_ASSERT_EQUAL(plain.outbound.perHostConcurrency, shown.outbound.perHostConcurrency);
        CPPUNIT_ASSERT(plain.outbound.perHostMinInterval == shown.outbound.perHostMinInterval);
        CPPUNIT_ASSERT_EQUAL(plain.outbound.maxBody, shown.outbound.maxBody);
        CPPUNIT_ASSERT(plain.outbound.timeout == shown.outbound.timeout);
        const PluginConfig& validator = shown.plugins.at(0);
        const PluginConfig plugin;
        CPPUNIT_ASSERT_EQUAL(plugin.options, validator.options);
        CPPUNIT_ASSERT_EQUAL(plugin.workers, validator.workers);
        CPPUNIT_ASSERT_EQUAL(plugin.threads, validator.threads);
        CPPUNIT_ASSERT(validator.secrets.empty() && validator.sha256.empty() && !validator.timeout);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ShippedConfigTest);
