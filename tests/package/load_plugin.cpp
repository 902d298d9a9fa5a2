// load_plugin WORKER LIBRARY: 0 if the host can load the library and its step says what it needs.
#include <cstdio>

#include "base/system_clock.h"
#include "host/plugin_probe.h"

namespace {

class NoServices final : public stepd::host::HostServices {
public:
    void fetch(stepd::host::FetchId, stepd::FetchRequest, FetchDone done) override {
        stepd::FetchResponse response;
        response.failure = stepd::FetchFailure::DnsNotFound;
        done(std::move(response));
    }
    void cancelFetch(stepd::host::FetchId) override {}
    std::optional<stepd::Secret> secret(std::string_view) override { return std::nullopt; }
    void log(const stepd::host::PluginLog& line) override { std::fprintf(stderr, "%s\n", line.text.c_str()); }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    using namespace std::chrono_literals;
    NoServices services;
    const stepd::SystemClock clock;
    stepd::host::HostOptions options;
    options.workerProgram = argv[1];
    options.checkLibraryOwner = false;  // wherever the build tree lies
    stepd::host::PluginSpec spec;
    spec.library = argv[2];
    spec.grant.net = {"*"};
    stepd::host::PluginProbe probe(options, spec, services, clock);
    const auto described = probe.describe();
    if (!described) return std::fprintf(stderr, "%s\n", described.error().c_str()), 1;
    const auto refused = probe.run("", "{}", "{}", 30s);
    const auto failed = probe.run("", "{}", R"({"domain": "nowhere.test"})", 30s);
    const bool good = described->name == "robots" && refused.outcome == stepd::OutcomeClass::InvalidInput &&
                      failed.outcome == stepd::OutcomeClass::Transient && failed.error.code == "dns_not_found";
    if (!good)
        std::fprintf(stderr, "unexpected: %s, %s\n", refused.error.message.c_str(), failed.error.message.c_str());
    return good ? 0 : 1;
}
