#include "pipeline/file_schema.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "pipeline/json_schema.h"
#include "pipeline/loader.h"
#include "yaml/document.h"
#include "yaml/json.h"

using namespace stepd;
using namespace stepd::pipeline;
namespace fs = std::filesystem;
using Json = nlohmann::json;

/// The schema and the loader must know the same language: every good file fulfils the schema, and the keys that the
/// loader asked for while it read them are the keys of the schema.
class FileSchemaTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FileSchemaTest);
    CPPUNIT_TEST(testGoodFilesFulfilTheSchema);
    CPPUNIT_TEST(testLoaderAndSchemaKnowTheSameKeys);
    CPPUNIT_TEST(testEveryKeyIsUsedInSomeGoodFile);
    CPPUNIT_TEST(testEveryKeyHasATestThatExists);
    CPPUNIT_TEST(testMistakesAreSeen);
    CPPUNIT_TEST(testOptionsOfPluginsAreChecked);
    CPPUNIT_TEST(testReferencesOfPluginsAreMoved);
    CPPUNIT_TEST_SUITE_END();

    using Keys = std::set<std::string>;

    struct Sample {
        std::string name;
        Json content;
        std::set<std::string> knownKeys;
    };

    /// What loads of tests/golden/pipelines, config/pipelines and config/examples.
    static std::vector<Sample> samples() {
        const char* source = std::getenv("STEPD_SOURCE_DIR");
        CPPUNIT_ASSERT_MESSAGE("STEPD_SOURCE_DIR is not set; run through ctest", source != nullptr);
        LoadContext context;
        for (const char* policy : {"external-api", "quick"}) context.retryPolicies[policy] = RetryPolicy{};
        std::vector<Sample> good;
        for (const char* folder : {"tests/golden/pipelines", "config/pipelines", "config/examples"}) {
            for (const auto& entry : fs::directory_iterator(fs::path(source) / folder)) {
                if (entry.path().extension() != ".yaml") continue;
                const Loaded loaded = loadFile(entry.path().string(), context);
                if (loaded.pipeline == nullptr) continue;
                good.push_back({entry.path().filename().string(), content(entry.path()), loaded.knownKeys});
            }
        }
        CPPUNIT_ASSERT(good.size() >= 8);
        return good;
    }

    static Json content(const fs::path& file) { return content(yaml::readFile(file.string()).text); }
    static Json content(const std::string& text) {
        yaml::Report report("p.yaml");
        const yaml::Document document = yaml::parse(text, "p.yaml");
        CPPUNIT_ASSERT(document.root != nullptr);
        return Json::parse(yaml::toJson(*document.root, "", report));
    }

    static JsonSchema schema(const std::vector<StepOptions>& plugins = {}) {
        auto compiled = JsonSchema::compile(fileSchema(plugins));
        CPPUNIT_ASSERT_MESSAGE(compiled ? "" : compiled.error(), bool(compiled));
        return *compiled;
    }

    static std::string findings(const JsonSchema& schema, const Json& document) {
        std::string out;
        for (const auto& finding : schema.validate(document.dump()))
            out += finding.pointer + " " + finding.message + "\n";
        return out;
    }

    void testGoodFilesFulfilTheSchema() {
        const JsonSchema compiled = schema();
        for (const auto& sample : samples())
            CPPUNIT_ASSERT_EQUAL_MESSAGE(sample.name, std::string(), findings(compiled, sample.content));
    }

    /// One spelling for what stands in several places: both names of `on`, all lists of steps, groups.
    static std::string plain(std::string path) {
        const auto replace = [&path](const std::string& from, const std::string& to) {
            if (path.starts_with(from)) path = to + path.substr(from.size());
        };
        replace("triggers[]", "on[]");
        replace("on_failure[]", "steps[]");
        replace("finally[]", "steps[]");
        replace("steps[].steps[]", "steps[]");
        return path;
    }

    /// Every key below a part of the schema; lists are `[]`.
    static void collect(const Json& root, const Json& part, const std::string& path, Keys& keys) {
        if (!part.is_object()) return;
        if (part.contains("$ref")) {
            const Json::json_pointer target(part["$ref"].get<std::string>().substr(1));
            // Groups hold steps again.
            if (!path.ends_with(".steps[]")) collect(root, root.at(target), path, keys);
        }
        for (const char* word : {"anyOf", "allOf", "oneOf"})
            for (const auto& inner : part.value(word, Json::array())) collect(root, inner, path, keys);
        if (part.contains("then")) collect(root, part["then"], path, keys);
        if (part.contains("items")) collect(root, part["items"], path + "[]", keys);
        const Json properties = part.value("properties", Json::object());
        for (const auto& [key, inner] : properties.items()) {
            const std::string place = path.empty() ? key : path + "." + key;
            keys.insert(plain(place));
            collect(root, inner, place, keys);
        }
    }

    static Keys schemaKeys() {
        const Json document = Json::parse(fileSchema());
        Keys keys;
        collect(document, document, "", keys);
        return keys;
    }

    static std::string missing(const Keys& wanted, const Keys& from) {
        std::string out;
        for (const auto& key : wanted)
            if (!from.contains(key)) out += key + "\n";
        return out;
    }

    void testLoaderAndSchemaKnowTheSameKeys() {
        Keys known;
        for (const auto& sample : samples())
            for (const auto& key : sample.knownKeys) known.insert(plain(key));
        const Keys inSchema = schemaKeys();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the schema does not have", std::string(), missing(known, inSchema));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the loader does not read", std::string(), missing(inSchema, known));
    }

    static void collectUsed(const Json& value, const std::string& path, Keys& keys) {
        if (value.is_array())
            for (const auto& item : value) collectUsed(item, path + "[]", keys);
        if (!value.is_object()) return;
        for (const auto& [key, inner] : value.items()) {
            const std::string place = path.empty() ? key : path + "." + key;
            keys.insert(plain(place));
            collectUsed(inner, place, keys);
        }
    }

    void testEveryKeyIsUsedInSomeGoodFile() {
        Keys used;
        for (const auto& sample : samples()) collectUsed(sample.content, "", used);
        CPPUNIT_ASSERT_EQUAL(std::string(), missing(schemaKeys(), used));
    }

    /// What stands between backticks in a cell.
    static std::vector<std::string> quoted(const std::string& cell) {
        std::vector<std::string> words;
        for (auto at = cell.find('`'); at != std::string::npos; at = cell.find('`', at)) {
            const auto end = cell.find('`', ++at);
            words.push_back(cell.substr(at, end - at));
            at = end + 1;
        }
        return words;
    }

    /// `PauseTest` -> `pause_test.cpp`.
    static std::string fileOf(const std::string& suite) {
        std::string name;
        for (const char c : suite) {
            if (std::isupper(static_cast<unsigned char>(c)) != 0 && !name.empty()) name += '_';
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        return name + ".cpp";
    }

    /// All methods of the tests as `Suite::method`, and golden files as `golden/NAME`.
    static Keys proofsIn(const fs::path& tests, const std::set<std::string>& suites) {
        std::map<std::string, std::string> files;
        for (const std::string& suite : suites) files[fileOf(suite)] = suite;
        Keys proofs;
        for (const auto& entry : fs::recursive_directory_iterator(tests)) {
            if (entry.path().parent_path() == tests / "golden/pipelines") {
                proofs.insert("golden/" + entry.path().stem().string());
                continue;
            }
            const auto suite = files.find(entry.path().filename().string());
            if (suite == files.end()) continue;
            std::ifstream file(entry.path());
            const std::string word = "CPPUNIT_TEST(";
            for (std::string line; std::getline(file, line);)
                if (const auto at = line.find(word); at != std::string::npos)
                    proofs.insert(suite->second +
                                  "::" + line.substr(at + word.size(), line.find(')') - at - word.size()));
        }
        return proofs;
    }

    void testEveryKeyHasATestThatExists() {
        const fs::path tests = fs::path(std::getenv("STEPD_SOURCE_DIR")) / "tests";
        Keys proven;
        Keys named;
        std::set<std::string> suites;
        std::ifstream readme(tests / "README.md");
        std::string line;
        while (std::getline(readme, line) && line != "## The language, key by key") {
        }
        while (std::getline(readme, line)) {
            const auto second = line.find(" | ");
            if (!line.starts_with("| `") || second == std::string::npos) continue;
            const auto proofs = quoted(line.substr(second));
            if (proofs.empty()) continue;
            for (const std::string& proof : proofs) {
                named.insert(proof);
                suites.insert(proof.substr(0, proof.find("::")));
            }
            for (const std::string& key : quoted(line.substr(0, second))) proven.insert(key);
        }
        Keys wanted;
        for (std::string key : schemaKeys()) {
            for (auto at = key.find("[]"); at != std::string::npos; at = key.find("[]")) key.erase(at, 2);
            if (!key.starts_with("defaults.retry.")) wanted.insert(key);
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE("no row of tests/README.md", std::string(), missing(wanted, proven));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("no key of the schema", std::string(), missing(proven, wanted));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("no such test", std::string(), missing(named, proofsIn(tests, suites)));
    }

    static std::string pipelineWith(const std::string& keys) {
        return "version: 1\nid: p\non: [{event: e}]\nsteps: [{id: a, uses: plug}]\n" + keys;
    }

    void testMistakesAreSeen() {
        const JsonSchema compiled = schema();
        CPPUNIT_ASSERT_EQUAL(std::string(), findings(compiled, content(pipelineWith(""))));
        for (const char* keys : {"concurency: []",
                                 "concurrency: [{limit: 0}]",
                                 "concurrency: [{key: event.id}]",
                                 "throttle: {limit: 5, period: 60}",
                                 "throttle: {limit: 5, period: 1 min}",
                                 "debounce: {}",
                                 "batch: {max_size: 1, timeout: 5s}",
                                 "singleton: {mode: queue}",
                                 "priority: []",
                                 "cancel_on: [{if: x}]",
                                 "timeouts: {end: 5m}",
                                 "idempotency: {ttl: 5m}",
                                 "defaults: {retry: {attempts: 0}}",
                                 "http: [{route: GET /a, emit: {event: e}}]",
                                 "triggers: [{cron: 5}]",
                                 "triggers: [{event: a, cron: x}]",
                                 "finally: [{id: a}]",
                                 "finally: [{id: 5, uses: x}]",
                                 "finally: [{id: a, uses: core/sleep}]",
                                 "finally: [{id: a, uses: core/sleep, with: {for: 5m, until: x}}]",
                                 "finally: [{id: a, uses: core/fail, with: {}}]",
                                 "finally: [{id: a, uses: x, needs: [{step: b}]}]"})
            CPPUNIT_ASSERT_MESSAGE(keys, !findings(compiled, content(pipelineWith(keys))).empty());
    }

    void testOptionsOfPluginsAreChecked() {
        const JsonSchema compiled = schema({{{"plug", "plug/fetch"},
                                             R"({"type": "object", "required": ["key"], "additionalProperties": false,
                                                "properties": {"mode": {"enum": ["fast", "slow"]}, "key": {}}})"},
                                            {{"other"}, ""}});
        const auto with = [&compiled](const std::string& uses, const std::string& options) {
            const std::string step = "{id: b, uses: " + uses + ", with: " + options + "}";
            return findings(compiled, content(pipelineWith("finally: [" + step + "]")));
        };
        CPPUNIT_ASSERT_EQUAL(std::string(), with("plug", "{mode: fast}"));
        CPPUNIT_ASSERT_EQUAL(std::string(), with("plug/fetch", "{mode: '${{ vars.mode }}'}"));
        CPPUNIT_ASSERT(!with("plug", "{mode: fsat}").empty());
        CPPUNIT_ASSERT(!with("plug/fetch", "{mood: fast}").empty());
        CPPUNIT_ASSERT_EQUAL(std::string(), with("other", "{mood: fast}"));
        CPPUNIT_ASSERT_EQUAL(std::string(), with("unknown", "{mood: fast}"));
    }

    void testReferencesOfPluginsAreMoved() {
        const JsonSchema compiled = schema({{{"plug"},
                                             R"({"$defs": {"port": {"type": "integer", "maximum": 65535}},
                                                "properties": {"port": {"$ref": "#/$defs/port"}}})"}});
        const auto findingsOf = [&compiled](const std::string& port) {
            return findings(compiled,
                            content(pipelineWith("finally: [{id: b, uses: plug, with: {port: " + port + "}}]")));
        };
        CPPUNIT_ASSERT_EQUAL(std::string(), findingsOf("80"));
        CPPUNIT_ASSERT(!findingsOf("80000").empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FileSchemaTest);
