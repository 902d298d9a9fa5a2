#include "ctl/plugin_command.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/system_clock.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "host/plugin_probe.h"
#include "outbound/connector.h"
#include "outbound/guard.h"
#include "outbound/resolver.h"

namespace stepd::ctl {
namespace {

namespace fs = std::filesystem;

/// The way out for a step that is tried by hand: the same guard as in the daemon, opened no further than
/// $STEPD_OUTBOUND_ALLOW says (`127.0.0.1:9000`). Secrets come from the environment: `STEPD_SECRET_NAME`.
class TrialServices final : public host::HostServices {
public:
    TrialServices() : guard_(options()), connector_({}, guard_, resolver_, clock_) {
        resolver_.start();
        connector_.start();
    }
    ~TrialServices() override {
        connector_.stop();
        resolver_.stop();
    }
    void fetch(host::FetchId, FetchRequest request, FetchDone done) override {
        connector_.fetch(connector_.nextId(), std::move(request), done);
    }
    void cancelFetch(host::FetchId) override {}
    std::optional<Secret> secret(std::string_view name) override {
        const char* value = std::getenv(("STEPD_SECRET_" + std::string(name)).c_str());
        return value == nullptr ? std::nullopt : std::optional(Secret(value));
    }
    void log(const host::PluginLog& line) override { std::cerr << line.text << '\n'; }

    const SystemClock& clock() const { return clock_; }

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

host::HostOptions hostOptions() {
    const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
    const fs::path beside = here / "stepd-worker";
    host::HostOptions options;
    options.workerProgram = (fs::exists(beside) ? beside : here.parent_path() / "libexec/stepd/stepd-worker").string();
    return options;
}

Json objectOf(const std::string& argument, const char* name) {
    Json json = Json::parse(argumentText(argument), nullptr, false);
    if (json.is_discarded()) throw Refused(std::string(name) + " is not valid JSON");
    return json;
}

Json errorOf(const StepResult& result) {
    Json error{{"class", toString(result.outcome)}, {"code", result.error.code}, {"message", result.error.message}};
    if (!result.error.details.empty()) error["details"] = Json::parse(result.error.details, nullptr, false);
    return error;
}

host::PluginSpec specOf(const std::string& file) {
    host::PluginSpec spec;
    spec.name = fs::path(file).stem().string();
    spec.library = fs::absolute(file).string();
    spec.grant.net = {"*"};  // who tries it by hand grants it
    return spec;
}

}  // namespace

host::PluginDescription describePlugin(const std::string& file) {
    TrialServices services;
    host::PluginProbe probe(hostOptions(), specOf(file), services, services.clock());
    auto description = probe.describe();
    if (!description) throw Refused(file + ": " + description.error());
    return std::move(*description);
}

int checkPlugin(const Common& common, const std::string& file) {
    const host::PluginDescription description = describePlugin(file);
    if (common.json) {
        Json steps = Json::array();
        for (const auto& step : description.steps) steps.push_back({{"type", step.type}, {"summary", step.summary}});
        std::cout << Json{{"name", description.name},
                          {"version", description.version},
                          {"sdk", description.sdk},
                          {"abi", std::to_string(description.abiMajor) + "." + std::to_string(description.abiMinor)},
                          {"steps", steps}}
                         .dump(2)
                  << '\n';
        return 0;
    }
    std::cout << description.name << ' ' << description.version << "  ABI " << description.abiMajor << '.'
              << description.abiMinor << "  " << description.sdk << '\n';
    for (const auto& step : description.steps) std::cout << "  " << step.type << "  " << step.summary << '\n';
    return 0;
}

int runPlugin(const Common& common, const PluginRunOptions& options) {
    const std::string with = objectOf(options.with, "--with").dump();
    objectOf(options.input, "--input");
    TrialServices services;
    host::PluginProbe probe(hostOptions(), specOf(options.file), services, services.clock());
    const auto description = probe.describe();
    if (!description) throw Refused(options.file + ": " + description.error());
    const StepResult result = probe.run(options.step, with, argumentText(options.input), std::chrono::minutes(5));
    if (result.outcome == OutcomeClass::Ok) {
        std::cout << (common.quiet ? result.output : Json::parse(result.output).dump(2)) << '\n';
        return 0;
    }
    std::cout << errorOf(result).dump(2) << '\n';
    return result.outcome == OutcomeClass::Skipped ? 0 : 1;
}

}  // namespace stepd::ctl
