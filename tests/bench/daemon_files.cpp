#include "daemon_files.h"

#include <filesystem>
#include <fstream>

namespace stepd::bench {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

/// POST /NAME answers with the run's result; the event bench.NAME starts the same run.
std::string pipeline(const std::string& name, const std::string& steps, const std::string& more = {}) {
    return "version: 1\nid: " + name + "\non: [{event: bench." + name + "}]\nhttp:\n  - route: POST /" + name +
           "\n    auth: none\n    emit: {event: bench." + name + "}\n    respond: {mode: wait, timeout: 60s}\n" + more +
           "steps:\n" + steps + "output: ${{ steps.d.output }}\n";
}

std::string step(const std::string& id, const std::string& more = {}) {
    return "  - {id: " + id + ", uses: trivial" + more + "}\n";
}

}  // namespace

void writeDaemonFiles(const std::string& directory, std::uint16_t port, const DaemonSetup& setup) {
    const fs::path folder = directory;
    const char* const isolation = setup.isolation == Isolation::Inproc ? "inproc" : "process";
    write(folder / "stepd.yaml", "http:\n  listen: 127.0.0.1:" + std::to_string(port) +
                                     "\n  limits: {connections: 20000, connections_per_address: 20000}\n"
                                     "log: {level: warning}\n"
                                     "plugin_directory: " STEPD_BENCH_PLUGINS
                                     "\nplugins:\n  trivial: {library: bench_step.so, isolation: " +
                                     isolation + ", workers: " + std::to_string(setup.workers) +
                                     ", threads: " + std::to_string(setup.threads) +
                                     "}\nevent_keys: [{name: bench, key: \"${file:event.key}\"}]\n" + setup.extra);
    write(folder / "event.key", kEventKey);
    fs::permissions(folder / "event.key", fs::perms::owner_read | fs::perms::owner_write);
    write(folder / "pipelines/w4.yaml", pipeline("w4", step("a") + step("b") + step("c") + step("d")));
    write(folder / "pipelines/w1.yaml", pipeline("w1", step("d")));
    write(folder / "pipelines/p.yaml",
          pipeline("p", step("validate") + step("a", ", needs: [validate]") + step("b", ", needs: [validate]") +
                            step("d", ", needs: [a, b]")));
    write(folder / "pipelines/held.yaml", pipeline("held", step("d")));
    writeAged(directory, "30d");
}

void writeAged(const std::string& directory, const std::string& retention) {
    write(fs::path(directory) / "pipelines/aged.yaml",
          pipeline("aged", step("d"), "retention: {completed: " + retention + "}\n"));
}

}  // namespace stepd::bench
