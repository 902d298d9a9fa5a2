#include "config/loader.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/sha256.h"
#include "support/scratch_folder.h"

using namespace stepd;
using namespace stepd::config;

class LoaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LoaderTest);
    CPPUNIT_TEST(testEmptyFileMeansDefaults);
    CPPUNIT_TEST(testEverySection);
    CPPUNIT_TEST(testPathsAreRelativeToTheFile);
    CPPUNIT_TEST(testStateDirectory);
    CPPUNIT_TEST(testEventKeysAreKeptAsHashes);
    CPPUNIT_TEST(testEventKeyMayHaveARate);
    CPPUNIT_TEST(testLimiters);
    CPPUNIT_TEST(testMistakes);
    CPPUNIT_TEST(testFindingsComeTogether);
    CPPUNIT_TEST(testMissingFile);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kKey = "0123456789abcdef0123456789abcdef";

    static Loaded loadText(const std::string& yaml, const Surroundings& around = {}) {
        const ScratchFolder folder;
        Loaded loaded = load(folder.write("stepd.yaml", yaml), around);
        for (auto& finding : loaded.findings) {
            const std::size_t at = finding.file.find(folder.path());
            if (at != std::string::npos) finding.file.erase(at, folder.path().size() + 1);
        }
        return loaded;
    }

    static std::string findingsOf(const std::string& yaml, const Surroundings& around = {}) {
        std::string out;
        for (const auto& finding : loadText(yaml, around).findings) out += finding.text() + "\n";
        return out;
    }

    void testEmptyFileMeansDefaults() {
        const ScratchFolder folder;
        Surroundings around;
        around.programDirectory = "/opt/stepd/bin";
        const Loaded loaded = load(folder.write("stepd.yaml", ""), around);
        CPPUNIT_ASSERT(loaded.findings.empty());
        const DaemonConfig& config = loaded.config;
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), config.http.address);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t(8288), config.http.port);
        CPPUNIT_ASSERT_EQUAL(std::string("var/stepd.db"), config.store.path);
        CPPUNIT_ASSERT_EQUAL(std::string("/opt/stepd/lib/stepd/plugins"), config.pluginDirectory);
        CPPUNIT_ASSERT_EQUAL(folder.path() + "/pipelines", config.pipelineDirectory);
        CPPUNIT_ASSERT_EQUAL(1, config.retryPolicies.at("never").attempts);
        CPPUNIT_ASSERT(config.plugins.empty());
        CPPUNIT_ASSERT(config.eventKeys.empty());
    }

    void testEverySection() {
        const Loaded loaded = loadText(R"(
http: {listen: "[::1]:80", limits: {connections: 5, connections_per_address: 2, body: 2KiB, receiving: 3MiB, header_timeout: 1s, idle_timeout: 2s}}
store: {path: data/x.db}
engine: {max_active_runs: 7, quarantine_after_crashes: 2, park_after: 500ms}
admission: {max_events: 5, max_bytes: 2MiB, max_queued_runs: 6, max_delay: 3s, max_memory: 100MiB, min_free_disk: 1GiB}
log: {level: debug, format: json}
plugin_directory: /plugins
plugins:
  one: {library: one.so, options: {a: [1, 2.50], b: "${env:NOT_HERE}"}, workers: 3, threads: 4, timeout: 5s, secrets: [s],
        grace: 1s, load_timeout: 3s, isolation: process, sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}
  two: {library: /abs/two.so, isolation: inproc}
pipelines: {directory: flows}
retry_policies: {slow: {attempts: 9, initial: 1m, max: 1h}, never: {attempts: 2}}
defaults: {retry: slow, timeout: 7s}
secrets: {s: "${env:S}"}
outbound: {allow: [10.0.0.0/8, "localhost:8080"], resolve_overrides: {acme.test: "127.0.0.1:9"}, allowed_ports: [443],
           per_host_concurrency: 1, per_host_min_interval: 0s, max_body: 1KB, timeout: 3s, user_agent: x/1}
)",
                                       {.environment = {{"S", "hidden"}}});
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), loaded.findings.size());
        for (const auto& finding : loaded.findings)
            CPPUNIT_ASSERT_MESSAGE(finding.text(), finding.severity == Severity::Warning);
        const DaemonConfig& config = loaded.config;
        CPPUNIT_ASSERT_EQUAL(std::string("::1"), config.http.address);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t(80), config.http.port);
        CPPUNIT_ASSERT_EQUAL(std::size_t(5), config.http.connections);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), config.http.connectionsPerAddress);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(2048), config.http.body);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(3U << 20), config.http.receiving);
        CPPUNIT_ASSERT(config.http.headerTimeout == 1s && config.http.idleTimeout == 2s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(7), config.engine.maxActiveRuns);
        CPPUNIT_ASSERT_EQUAL(2, config.engine.quarantineAfterCrashes);
        CPPUNIT_ASSERT(config.engine.parkAfter == 500ms);
        const AdmissionConfig& admission = config.admission;
        CPPUNIT_ASSERT(admission.maxEvents == 5 && admission.maxBytes == 2U << 20 && admission.maxQueuedRuns == 6);
        CPPUNIT_ASSERT(admission.maxDelay == 3s && admission.maxMemory == 100U << 20);
        CPPUNIT_ASSERT(admission.minFreeDisk == 1U << 30);
        CPPUNIT_ASSERT(config.log.level == LogLevel::Debug && config.log.format == LogFormat::Json);
        const PluginConfig& one = config.plugins.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("one"), one.name);
        CPPUNIT_ASSERT_EQUAL(std::string("/plugins/one.so"), one.library);
        // Only secret fields are resolved.
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":[1,2.50],"b":"${env:NOT_HERE}"})"), one.options);
        CPPUNIT_ASSERT(one.workers == 3 && one.threads == 4 && one.timeout == Duration(5s));
        CPPUNIT_ASSERT(one.grace == Duration(1s) && one.loadTimeout == Duration(3s));
        CPPUNIT_ASSERT(one.secrets == std::vector<std::string>{"s"});
        CPPUNIT_ASSERT_EQUAL(std::size_t(64), one.sha256.size());
        CPPUNIT_ASSERT_EQUAL(std::string("/abs/two.so"), config.plugins.at(1).library);
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), config.plugins[1].options);
        CPPUNIT_ASSERT(!config.plugins[0].inproc && config.plugins[1].inproc);
        CPPUNIT_ASSERT_EQUAL(9, config.defaultRetry.attempts);
        CPPUNIT_ASSERT_EQUAL(2, config.retryPolicies.at("never").attempts);
        CPPUNIT_ASSERT(config.defaultTimeout == 7s);
        CPPUNIT_ASSERT_EQUAL(std::string("hidden"), config.secrets.at("s").reveal());
        const OutboundConfig& outbound = config.outbound;
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), outbound.allow.size());
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:9"), outbound.resolveOverrides.at("acme.test"));
        CPPUNIT_ASSERT(outbound.allowedPorts == std::vector<std::uint16_t>{443});
        CPPUNIT_ASSERT(outbound.perHostConcurrency == 1 && outbound.perHostMinInterval == 0s &&
                       outbound.maxBody == 1000);
        CPPUNIT_ASSERT(outbound.timeout == 3s && outbound.userAgent == "x/1");
    }

    void testPathsAreRelativeToTheFile() {
        const ScratchFolder folder;
        const Loaded loaded =
            load(folder.write("etc/stepd.yaml",
                              "store: {path: ../x.db}\nplugin_directory: p\npipelines: {directory: /flows}\n"
                              "plugins: {a: {library: a.so}}\n"),
                 {});
        CPPUNIT_ASSERT_EQUAL(folder.path() + "/x.db", loaded.config.store.path);
        CPPUNIT_ASSERT_EQUAL(folder.path() + "/etc/p/a.so", loaded.config.plugins.at(0).library);
        CPPUNIT_ASSERT_EQUAL(std::string("/flows"), loaded.config.pipelineDirectory);
    }

    void testStateDirectory() {
        const Loaded loaded = loadText("", {.environment = {{"STATE_DIRECTORY", "/var/lib/stepd:/var/lib/other"}}});
        CPPUNIT_ASSERT_EQUAL(std::string("/var/lib/stepd"), loaded.config.stateDirectory);
        CPPUNIT_ASSERT_EQUAL(std::string("/var/lib/stepd/stepd.db"), loaded.config.store.path);
        CPPUNIT_ASSERT_EQUAL(std::string("var"), loadText("").config.stateDirectory);
    }

    void testEventKeysAreKeptAsHashes() {
        const Loaded loaded = loadText("event_keys: [{name: web, key: '${env:K}'}]\n", {.environment = {{"K", kKey}}});
        CPPUNIT_ASSERT(loaded.findings.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("web"), loaded.config.eventKeys.at(0).name);
        CPPUNIT_ASSERT_EQUAL(sha256Hex(kKey), loaded.config.eventKeys[0].sha256);
        CPPUNIT_ASSERT(!loaded.config.eventKeys[0].rate);
    }

    void testEventKeyMayHaveARate() {
        const Loaded loaded =
            loadText("event_keys: [{name: web, key: '${env:K}', rate: {limit: 10, period: 1s, burst: 5}}]\n",
                     {.environment = {{"K", kKey}}});
        CPPUNIT_ASSERT(loaded.findings.empty());
        const RateConfig rate = loaded.config.eventKeys.at(0).rate.value();
        CPPUNIT_ASSERT(rate.limit == 10 && rate.period == 1s && rate.burst == 5);
    }

    void testLimiters() {
        const Loaded loaded = loadText(
            "limiters:\n  slots: {concurrency: 5}\n  rate.only: {rate: {limit: 60, period: 1m}}\n"
            "  both: {concurrency: 1, rate: {limit: 2, period: 1s, burst: 3}}\n");
        CPPUNIT_ASSERT(loaded.findings.empty());
        const auto& limiters = loaded.config.limiters;
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), limiters.size());
        CPPUNIT_ASSERT_EQUAL(5U, limiters.at("slots").concurrency.value());
        CPPUNIT_ASSERT(!limiters.at("slots").rate);
        CPPUNIT_ASSERT(!limiters.at("rate.only").concurrency);
        CPPUNIT_ASSERT_EQUAL(60U, limiters.at("rate.only").rate->limit);
        CPPUNIT_ASSERT(limiters.at("rate.only").rate->period == 1min);
        CPPUNIT_ASSERT_EQUAL(0U, limiters.at("rate.only").rate->burst);
        CPPUNIT_ASSERT(limiters.at("both").concurrency && limiters.at("both").rate);
        CPPUNIT_ASSERT_EQUAL(3U, limiters.at("both").rate->burst);
    }

    void testMistakes() {
        const struct {
            const char* yaml;
            const char* want;
        } rows[] = {
            {"htp: {}", "stepd.yaml:1:1: error: unknown key `htp`\n    hint: did you mean `http`?\n"},
            {"http: {listen: localhost:80}",
             "stepd.yaml:1:16: error: `listen` must be an address and a port\n    hint: write 127.0.0.1:8288 or "
             "[::1]:8288\n"},
            {"http: {listen: 127.0.0.1}",
             "stepd.yaml:1:16: error: `listen` must be an address and a port\n    hint: write 127.0.0.1:8288 or "
             "[::1]:8288\n"},
            {"http: {listen: '127.0.0.1:99999'}",
             "stepd.yaml:1:16: error: `listen` must be an address and a port\n    hint: write 127.0.0.1:8288 or "
             "[::1]:8288\n"},
            {"http: {listen: '::1:80'}",
             "stepd.yaml:1:16: error: `listen` must be an address and a port\n    hint: write 127.0.0.1:8288 or "
             "[::1]:8288\n"},
            {"log: {level: verbose}", "stepd.yaml:1:14: error: `level` must be debug, info, warning or error\n"},
            {"engine: {max_active_runs: 0}",
             "stepd.yaml:1:27: error: `max_active_runs` must be between 1 and 10000000\n"},
            {"plugins: {a: {}}", "stepd.yaml:1:14: error: `library` is missing\n"},
            {"plugins: {a/b: {library: x.so}}",
             "stepd.yaml:1:11: error: `a/b` is no name\n    hint: use letters, digits and _ - ., at most 64\n"},
            {"plugins: {a: {library: x.so, exec: [python3]}}",
             "stepd.yaml:1:36: error: a plugin has either a `library` or a program to `exec`\n"
             "    hint: remove one of the two\n"},
            {"plugins: {a: {exec: [x], isolation: inproc}}",
             "stepd.yaml:1:37: error: a program cannot run inside stepd\n    hint: remove `isolation: inproc`\n"},
            {"plugins: {a: {library: x.so, grant: {net: ['https://x.org/']}}}",
             "stepd.yaml:1:43: error: `https://x.org/` is no host of a grant: write a host alone, without scheme, user "
             "or path\n    hint: write api.example.org, *.example.org or *, each with an optional :443\n"},
            {"plugins: {a: {library: x.so, grant: {nett: ['*']}}}",
             "stepd.yaml:1:38: error: unknown key `nett`\n    hint: did you mean `net`?\n"},
            {"plugins: {a: {library: x.so, isolation: thread}}",
             "stepd.yaml:1:41: error: `isolation` must be process or inproc\n    hint: inproc is for trusted, tiny "
             "steps: if one crashes, so does stepd\n"},
            {"plugins: {a: {library: x.so, sha256: abc}}",
             "stepd.yaml:1:38: error: `sha256` must be 64 lower-case hexadecimal digits\n    hint: sha256sum prints "
             "them\n"},
            {"secrets: {key: '${env:K}'}\nplugins: {a: {library: x.so, secrets: [kye]}}",
             "stepd.yaml:2:39: error: no secret is named `kye`\n    hint: did you mean `key`?\n"},
            {"defaults: {retry: quik}\nretry_policies: {quick: {}}",
             "stepd.yaml:1:19: error: no retry policy is named `quik`\n    hint: did you mean `quick`?\n"},
            {"event_keys: [{name: a}]", "stepd.yaml:1:14: error: `key` is missing\n"},
            {"event_keys: [{name: a, key: '${env:NOT_SET}'}]",
             "stepd.yaml:1:29: error: the environment has no variable NOT_SET\n"},
            {"outbound: {allowed_ports: [0]}", "stepd.yaml:1:28: error: a port is between 1 and 65535\n"},
            {"outbound: {allow: ['a b']}", "stepd.yaml:1:20: error: `a b` is no host, CIDR block or host:port\n"},
            {"outbound: {resolve_overrides: {a.test: localhost}}",
             "stepd.yaml:1:40: error: `a.test` must map to address:port\n    hint: write 127.0.0.1:8080\n"},
            {"outbound: {user_agent: \"a\\r\\nb\"}",
             "stepd.yaml:1:24: error: `user_agent` must be 1 to 256 printable ASCII characters\n"},
            {"engine: {park_after: 2h}", "stepd.yaml:1:22: error: `park_after` must be between 100ms and 1h\n"},
            {"limiters: {a: {}}",
             "stepd.yaml:1:15: error: this limiter limits nothing\n    hint: write `concurrency`, `rate` or both\n"},
            {"limiters: {a b: {concurrency: 1}}",
             "stepd.yaml:1:12: error: `a b` is no name\n    hint: use letters, digits and _ - ., at most 64\n"},
            {"limiters: {a: {concurrency: 0}}",
             "stepd.yaml:1:29: error: `concurrency` must be between 1 and 1000000\n"},
            {"limiters: {a: {rate: {limit: 5, key: x}}}",
             "stepd.yaml:1:22: error: `period` is missing\nstepd.yaml:1:33: error: unknown key `key`\n    hint: known "
             "here: limit, burst or period\n"},
            {"limiters: {a: {rate: {limit: 1000000, period: 1ms}}}",
             "stepd.yaml:1:47: error: this is more than one each microsecond\n    hint: make the period longer\n"},
            {"limiters: {a: 5}", "stepd.yaml:1:15: error: expected a mapping, not a number\n"},
            {"store: {path: ''}", "stepd.yaml:1:15: error: `path` is empty\n"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, std::string(row.want), findingsOf(row.yaml));
    }

    void testFindingsComeTogether() {
        const Loaded loaded =
            loadText("http: {lissten: x}\nlog: {level: loud}\nengine: {max_active_runs: many}\nstore: 5\nzzz: 1\n");
        CPPUNIT_ASSERT_EQUAL(std::size_t(5), loaded.findings.size());
        for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT_EQUAL(i + 1, loaded.findings[static_cast<std::size_t>(i)].line);
    }

    void testMissingFile() {
        const Loaded loaded = load("/nowhere/stepd.yaml", {});
        CPPUNIT_ASSERT_EQUAL(std::string("the file cannot be read"), loaded.findings.at(0).message);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LoaderTest);
