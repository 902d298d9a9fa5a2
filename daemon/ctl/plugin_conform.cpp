#include <iostream>
#include <random>

#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/conform_checks.h"
#include "ctl/plugin_trial.h"
#include "ctl/terminal.h"

namespace stepd::ctl {
namespace {

constexpr std::uint32_t kThreads = 8;

const char* wordOf(Verdict verdict) {
    constexpr const char* kWords[] = {"pass", "FAIL", "skip", "note"};
    return kWords[static_cast<std::size_t>(verdict)];
}

struct StepReport {
    std::string step;
    std::vector<ConformCheck> checks;
    bool failed() const {
        return std::any_of(checks.begin(), checks.end(),
                           [](const auto& check) { return check.verdict == Verdict::Failed; });
    }
};

/// For a shell. Long ones are cut: the seed makes them again.
std::string quoted(const std::string& input) {
    std::string out = quotedForLog(input.substr(0, 300));
    for (std::size_t at = 0; (at = out.find('\'', at)) != std::string::npos; at += 4) out.replace(at, 1, "'\\''");
    return "'" + out + (input.size() > 300 ? "..." : "") + "'";
}

void print(const StepReport& report, const ConformOptions& options) {
    std::cout << painted(report.step, Colour::Bold) << '\n';
    std::vector<std::vector<std::string>> rows{{"CHECK", "RESULT", "CALLS", ""}};
    for (const ConformCheck& check : report.checks)
        rows.push_back({check.name, wordOf(check.verdict), std::to_string(check.calls), check.detail});
    std::cout << table(rows);
    for (const ConformCheck& check : report.checks)
        if (check.verdict == Verdict::Failed && !check.input.empty())
            std::cout << "again: stepctl plugins run " << options.file << " --step " << report.step << " --with "
                      << quoted(options.with) << " --input " << quoted(check.input) << '\n';
}

Json toJson(const StepReport& report) {
    Json checks = Json::array();
    for (const ConformCheck& check : report.checks)
        checks.push_back({{"check", check.name},
                          {"result", check.verdict == Verdict::Failed ? "fail" : wordOf(check.verdict)},
                          {"calls", check.calls},
                          {"detail", check.detail},
                          {"input", check.input}});
    return {{"step", report.step}, {"checks", checks}};
}

/// The daemon's host, but impatient.
host::HostOptions impatient() {
    host::HostOptions options = trialOptions();
    options.cancelGrace = 1s;
    options.termGrace = 300ms;
    options.respawnDelay = 10ms;
    options.maxRespawnDelay = 100ms;
    return options;
}

}  // namespace

int conformPlugin(const Common& common, const ConformOptions& options) {
    const std::uint64_t seed = options.seed ? *options.seed : std::random_device()();
    Subject::Options subjectOptions{
        .with = jsonArgument(options.with, "--with").dump(), .example = {}, .leakCalls = options.calls, .seed = seed};
    if (!options.input.empty()) subjectOptions.example = jsonArgument(options.input, "--input");
    ChanceHttp http(seed);
    ScriptedWayOut wayOut([&](const FetchRequest& request) { return http.answer(request); });
    TrialServices services(wayOut, {}, [](const host::PluginLog&) {});
    host::PluginSpec spec = trialSpec(options.file);
    spec.threads = kThreads;
    const SystemClock clock;
    host::PluginProbe probe(impatient(), std::move(spec), services, clock);
    const auto description = probe.describe();
    if (!description) throw Refused(options.file + ": " + description.error());
    subjectOptions.atOnce = description->callsAtOnce(kThreads);
    std::vector<StepReport> reports;
    for (const auto& step : description->steps) {
        if (!options.step.empty() && options.step != step.type) continue;
        Subject subject(probe, http, step, subjectOptions);
        reports.push_back({step.type, conform(subject)});
    }
    if (reports.empty()) throw Refused(options.file + " has no step " + options.step);
    Json list = Json::array();
    bool failed = false;
    for (const StepReport& report : reports) {
        failed = failed || report.failed();
        list.push_back(toJson(report));
        if (!common.json) print(report, options);
    }
    if (common.json)
        std::cout << Json{{"file", options.file}, {"seed", seed}, {"steps", list}}.dump(2) << '\n';
    else
        std::cout << "seed " << seed << '\n';
    return failed ? 1 : 0;
}

}  // namespace stepd::ctl
