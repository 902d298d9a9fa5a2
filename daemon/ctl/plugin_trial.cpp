#include "ctl/plugin_trial.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "ctl/commands.h"
#include "host/plugin_probe.h"
#include "outbound/connector.h"
#include "outbound/guard.h"
#include "outbound/resolver.h"

namespace stepd::ctl {
namespace {

namespace fs = std::filesystem;

class NetworkWayOut final : public WayOut {
public:
    NetworkWayOut() : guard_(options()), connector_({}, guard_, resolver_, clock_) {
        resolver_.start();
        connector_.start();
    }
    ~NetworkWayOut() override {
        connector_.stop();
        resolver_.stop();
    }
    void fetch(host::FetchId, FetchRequest request, host::HostServices::FetchDone done) override {
        connector_.fetch(connector_.nextId(), std::move(request), std::move(done));
    }
    void cancel(host::FetchId) override {}

private:
    static outbound::GuardOptions options() {
        outbound::GuardOptions guard;
        if (const char* allow = std::getenv("STEPD_OUTBOUND_ALLOW")) guard.allow.emplace_back(allow);
        return guard;
    }

    SystemClock clock_;
    outbound::Guard guard_;
    outbound::SystemResolver resolver_;
    outbound::Connector connector_;
};

}  // namespace

std::unique_ptr<WayOut> networkWayOut() {
    return std::make_unique<NetworkWayOut>();
}

TrialServices::TrialServices(WayOut& wayOut, std::map<std::string, Secret> secrets, Log log)
    : wayOut_(wayOut), secrets_(std::move(secrets)), log_(std::move(log)) {}

std::optional<Secret> TrialServices::secret(std::string_view name) {
    const auto found = secrets_.find(std::string(name));
    return found == secrets_.end() ? std::nullopt : std::optional(found->second);
}

host::HostOptions trialOptions() {
    const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
    const fs::path beside = here / "stepd-worker";
    host::HostOptions options;
    options.checkLibraryOwner = false;  // whoever types the command chose the file, as with any program
    options.workerProgram = (fs::exists(beside) ? beside : here.parent_path() / "libexec/stepd/stepd-worker").string();
    return options;
}

bool isProgram(const std::string& file) {
    if (fs::path(file).extension() == ".so" || !fs::is_regular_file(file) || ::access(file.c_str(), X_OK) != 0)
        return false;
    std::array<char, 4> start{};
    std::ifstream(file, std::ios::binary).read(start.data(), start.size());
    const std::string_view begins(start.data(), start.size());
    return begins.starts_with("#!") || begins ==
                                           "\x7f"
                                           "ELF";
}

host::PluginSpec trialSpec(const std::string& file) {
    host::PluginSpec spec;
    const fs::path path = fs::absolute(file);
    spec.name = path.stem().string();
    spec.grant.net = {"*"};  // whoever tries a step by hand means it to reach what it asks for
    if (isProgram(file))
        spec.exec = {path.string()};
    else
        spec.library = path.string();
    return spec;
}

host::PluginDescription describePlugin(const std::string& file) {
    const auto wayOut = networkWayOut();
    TrialServices services(*wayOut, {}, [](const host::PluginLog& line) {
        if (line.source != host::LogSource::Host) std::cerr << line.text << '\n';  // ours comes back as the reason
    });
    const SystemClock clock;
    host::PluginProbe probe(trialOptions(), trialSpec(file), services, clock);
    auto description = probe.describe();
    if (!description) throw Refused(description.error());
    return std::move(*description);
}

Json jsonArgument(const std::string& argument, const char* name) {
    const std::string text =
        argument == "-" ? std::string(std::istreambuf_iterator<char>(std::cin), {}) : argumentText(argument);
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) throw Refused(std::string(name) + " is not valid JSON");
    return json;
}

}  // namespace stepd::ctl
