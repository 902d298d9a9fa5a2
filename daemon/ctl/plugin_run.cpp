#include <iostream>

#include "ctl/commands.h"
#include "ctl/http_script.h"
#include "ctl/plugin_trial.h"
#include "ctl/terminal.h"
#include "host/plugin_probe.h"

extern char** environ;

namespace stepd::ctl {
namespace {

constexpr std::string_view kVariable = "STEPD_SECRET_";

/// `--secret NAME=VALUE` or `NAME=@FILE`, and $STEPD_SECRET_NAME.
std::map<std::string, Secret> secretsOf(const std::vector<std::string>& arguments) {
    std::map<std::string, Secret> secrets;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable = *entry;
        const auto equals = variable.find('=');
        if (variable.starts_with(kVariable) && equals != std::string_view::npos)
            secrets.insert_or_assign(std::string(variable.substr(kVariable.size(), equals - kVariable.size())),
                                     Secret(std::string(variable.substr(equals + 1))));
    }
    for (const std::string& argument : arguments) {
        const auto equals = argument.find('=');
        if (equals == std::string::npos || equals == 0)
            throw Refused("--secret " + argument + ": say NAME=VALUE, or NAME=@FILE");
        std::string value = argumentText(argument.substr(equals + 1));
        if (value.ends_with('\n')) value.pop_back();
        secrets.insert_or_assign(argument.substr(0, equals), Secret(std::move(value)));
    }
    return secrets;
}

std::string_view wordOf(host::PluginLogLevel level) {
    constexpr std::string_view kWords[] = {"debug", "info", "warning", "error"};
    return kWords[static_cast<std::size_t>(level)];
}

void tell(std::string_view what, const std::string& text) {
    std::cerr << painted(std::string(what) + ": ", Colour::Faint) << text << '\n';
}

/// What the call cost, where the worker measured it.
void tellReceipt(const Receipt& receipt) {
    if (receipt == Receipt{}) return;
    tell("used", std::to_string(receipt.cpu / 1us) + " us of processor time, " + std::to_string(receipt.peakRss >> 10) +
                     " KiB of memory, " + std::to_string(receipt.bytesIn) + " bytes in, " +
                     std::to_string(receipt.bytesOut) + " out, " + std::to_string(receipt.hostCalls) +
                     " calls of the host");
}

Json errorOf(const StepResult& result) {
    Json error{{"class", toString(result.outcome)}, {"code", result.error.code}, {"message", result.error.message}};
    if (!result.error.details.empty()) error["details"] = Json::parse(result.error.details, nullptr, false);
    if (result.error.retryAfter) error["retry_after_ms"] = *result.error.retryAfter / 1ms;
    return error;
}

std::unique_ptr<WayOut> wayOutOf(const PluginRunOptions& options) {
    if (options.httpScript.empty()) return networkWayOut();
    return std::make_unique<ScriptedWayOut>(readHttpScript(options.httpScript));
}

}  // namespace

int runPlugin(const Common& common, const PluginRunOptions& options) {
    const std::string with = jsonArgument(options.with, "--with").dump();
    const std::string input = jsonArgument(options.input, "--input").dump();
    const auto secrets = secretsOf(options.secrets);
    const auto wayOut = wayOutOf(options);
    TrialServices services(*wayOut, secrets, [&](const host::PluginLog& line) {
        if (!common.quiet) tell(wordOf(line.level), line.text);
    });
    host::PluginSpec spec = trialSpec(options.file);
    for (const auto& [name, value] : secrets) spec.secrets.push_back(name);
    const SystemClock clock;
    host::PluginProbe probe(trialOptions(), std::move(spec), services, clock);
    const auto description = probe.describe();
    if (!description) throw Refused(options.file + ": " + description.error());
    if (!common.quiet)
        probe.onProgress([](double fraction, const std::string& text) {
            tell(fraction < 0 ? "progress" : std::to_string(static_cast<int>(fraction * 100)) + " %", text);
        });
    const StepResult result = probe.run(options.step, with, input, std::chrono::minutes(5));
    if (!common.quiet) tellReceipt(result.receipt);
    if (result.outcome == OutcomeClass::Ok) {
        std::cout << (common.quiet ? result.output : Json::parse(result.output).dump(2)) << '\n';
        return 0;
    }
    std::cout << errorOf(result).dump(2) << '\n';
    return result.outcome == OutcomeClass::Skipped ? 0 : 1;
}

}  // namespace stepd::ctl
