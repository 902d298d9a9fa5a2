#include "torture/setup.h"

#include <sys/stat.h>

#include <filesystem>

namespace stepd::torture {

const char* const kEventKey = "0123456789abcdef0123456789abcdef";

void writeSetup(const test::TemporaryDirectory& directory, const Setup& setup) {
    directory.write("event.key", kEventKey);
    ::chmod((directory.path() + "/event.key").c_str(), 0600);
    // Of /dev/null a worker may make use in any case.
    const std::string folder = std::filesystem::path(setup.effectsFile).parent_path();
    const std::string grant = folder == "/dev" ? "" : "\"" + folder + "\"";
    // Kills are no fault of a run: none is set aside for them, and no policy runs out of tries.
    directory.write("stepd.yaml",
                    "http: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\n"
                    "engine: {max_active_runs: 200, quarantine_after_crashes: 1000, park_after: " +
                        setup.parkAfter +
                        "}\n"
                        "plugin_directory: " STEPD_TEST_PLUGINS "\npipelines: {directory: " STEPD_TORTURE_PIPELINES
                        "}\n"
                        "plugins:\n  torture:\n    library: torture.so\n    workers: 3\n    grant: {write: [" +
                        grant + "]}\n    options: {file: \"" + setup.effectsFile +
                        "\", take_ms: " + std::to_string(setup.takeMs) +
                        "}\n"
                        "retry_policies:\n  through-kills: {attempts: 1000, backoff: constant, initial: 10ms, jitter: "
                        "none}\n"
                        "defaults: {retry: through-kills, timeout: 5m}\n"
                        "event_keys: [{name: torture, key: \"${file:" +
                        directory.path() + "/event.key}\"}]\n");
}

void writeSwapSetup(const test::TemporaryDirectory& directory) {
    directory.write("event.key", kEventKey);
    ::chmod((directory.path() + "/event.key").c_str(), 0600);
    directory.write("stepd.yaml",
                    "http: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\nplugin_directory: " + directory.path() +
                        "/plugins\npipelines: {directory: " STEPD_TORTURE_SWAP_PIPELINES
                        "}\nplugins:\n  versioned: {library: versioned.so, workers: 2}\n"
                        "defaults: {retry: never, timeout: 5m}\n"
                        "event_keys: [{name: torture, key: \"${file:" +
                        directory.path() + "/event.key}\"}]\n");
}

std::string effectsFile(const test::TemporaryDirectory& directory) {
    return directory.path() + "/effects/lines.txt";
}

std::string databaseFile(const test::TemporaryDirectory& directory) {
    return directory.path() + "/var/stepd.db";
}

}  // namespace stepd::torture
