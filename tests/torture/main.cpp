// Torture of the real daemon: `stepd_torture kill` crashes it again and again, `stepd_torture soak` lets it work for
// long, `stepd_torture swap` replaces a plugin under load. See README.md. Exit code 0: nothing was found, 1: something
// was, 2: usage.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <random>

#include "torture/crash_loop.h"
#include "torture/soak.h"
#include "torture/swaps.h"

int main(int argc, char** argv) {
    using namespace stepd::torture;
    CLI::App app("Torture of the real daemon");
    app.require_subcommand(1);
    CrashOptions crash{.seed = std::random_device{}()};
    auto* kill = app.add_subcommand("kill", "kill daemon and workers at random moments under load");
    kill->add_option("--kills", crash.kills, "so many times")->capture_default_str();
    kill->add_option("--seed", crash.seed, "the moments come from it; default: another each time");
    kill->add_option("--rate", crash.rate, "events a second")->capture_default_str();
    SoakOptions soak;
    auto* steady = app.add_subcommand("soak", "a steady load for long: nothing may grow");
    steady->add_option("--minutes", soak.minutes, "for so long")->capture_default_str();
    steady->add_option("--rate", soak.rate, "events a second; default: half of what it carries");
    steady->add_option("--seed", soak.seed, "of the clients")->capture_default_str();
    SwapOptions swaps;
    int interval = static_cast<int>(swaps.interval.count());
    auto* swap = app.add_subcommand("swap", "replace a plugin again and again under load: no attempt may fail");
    swap->add_option("--swaps", swaps.swaps, "so many times")->capture_default_str();
    swap->add_option("--rate", swaps.rate, "runs a second")->capture_default_str();
    swap->add_option("--interval", interval, "milliseconds from one swap to the next")->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    try {
        swaps.interval = std::chrono::milliseconds(interval);
        const bool clean = *steady ? Soak(soak).run() : *swap ? Swaps(swaps).run() : CrashLoop(crash).run();
        return clean ? 0 : 1;
    } catch (const std::exception& error) {
        std::printf("failed: %s\n", error.what());
        return 1;
    }
}
