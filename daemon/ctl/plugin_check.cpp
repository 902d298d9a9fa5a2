#include <algorithm>
#include <iostream>
#include <iterator>

#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/elf_file.h"
#include "ctl/findings.h"
#include "ctl/library_check.h"
#include "ctl/plugin_trial.h"
#include "ctl/schema_check.h"
#include "ctl/terminal.h"
#include "host/plugin_probe.h"

namespace stepd::ctl {
namespace {

constexpr const char* kThreading[] = {"serial", "instance_per_thread", "reentrant"};

/// All that was learnt about a file.
struct Report {
    std::string file;
    std::optional<ElfFile> elf;
    std::optional<host::PluginDescription> plugin;
    Diagnostics findings;

    void add(Diagnostics more) { std::move(more.begin(), more.end(), std::back_inserter(findings)); }
    void error(std::string message, std::string hint) {
        findings.push_back({.file = file, .path = {}, .message = std::move(message), .hint = std::move(hint)});
    }
};

bool manyThreads(const Report& report) {
    return report.plugin && std::none_of(report.plugin->steps.begin(), report.plugin->steps.end(),
                                         [](const auto& step) { return step.threading == 0; });
}

void describe(Report& report) {
    try {
        report.plugin = describePlugin(report.file);
        report.add(checkDescription(report.file, *report.plugin));
    } catch (const Refused& refused) {
        report.error(refused.what(), "it was loaded in a worker of its own; nothing else of it was checked");
    }
}

Report look(const std::string& file) {
    Report report{.file = file, .elf = {}, .plugin = {}, .findings = {}};
    if (isProgram(file)) {
        report.add(checkOwner(file));
        describe(report);
        return report;
    }
    auto elf = readElfApart(file);  // before there are threads
    if (!elf) {
        report.error("cannot be read as a shared library: " + elf.error(), "name the .so that the build made");
        return report;
    }
    report.elf = std::move(*elf);
    report.add(checkLibrary(file, *report.elf));
    report.add(checkOwner(file));
    if (!report.elf->sharedObject || !report.elf->ours) return report;
    describe(report);
    report.add(checkImports(file, *report.elf, manyThreads(report) ? Callers::ManyThreads : Callers::OneThread));
    std::stable_sort(report.findings.begin(), report.findings.end(),
                     [](const auto& a, const auto& b) { return a.severity < b.severity; });
    return report;
}

std::string abiOf(const host::PluginDescription& plugin) {
    return std::to_string(plugin.abiMajor) + "." + std::to_string(plugin.abiMinor);
}

void print(const Report& report) {
    if (report.plugin) {
        const auto& plugin = *report.plugin;
        std::cout << painted(plugin.name + " " + plugin.version, Colour::Bold) << "  ABI " << abiOf(plugin) << "  "
                  << plugin.sdk << "  " << (plugin.license.empty() ? "no licence stated" : plugin.license) << '\n';
        for (const auto& step : plugin.steps)
            std::cout << "  " << step.type << "  " << kThreading[step.threading] << "  " << step.summary
                      << "\n    asks for " << (step.capabilities.empty() ? "what it does not tell" : step.capabilities)
                      << '\n';
    }
    if (report.elf) {
        std::cout << "  build-id " << (report.elf->buildId.empty() ? "none" : report.elf->buildId) << "  needs";
        for (const std::string& library : report.elf->needed) std::cout << ' ' << quotedForLog(library);
        std::cout << (report.elf->debugInfo ? "  with debug information" : "") << '\n';
    }
    ctl::print(report.findings, false);
}

Json toJson(const Report& report) {
    Json out{{"file", report.file}};
    if (report.plugin) {
        Json steps = Json::array();
        for (const auto& step : report.plugin->steps)
            steps.push_back({{"type", step.type},
                             {"summary", step.summary},
                             {"threading", kThreading[step.threading]},
                             {"capabilities",
                              step.capabilities.empty() ? Json() : Json::parse(step.capabilities, nullptr, false)}});
        out.update(Json{{"name", report.plugin->name},
                        {"version", report.plugin->version},
                        {"license", report.plugin->license},
                        {"sdk", report.plugin->sdk},
                        {"abi", abiOf(*report.plugin)},
                        {"steps", steps}});
    }
    if (report.elf) {
        Json needed = Json::array();
        for (const std::string& library : report.elf->needed) needed.push_back(quotedForLog(library));
        out["build_id"] = report.elf->buildId;
        out["needed"] = needed;
    }
    out["findings"] = ctl::toJson(report.findings);
    return out;
}

}  // namespace

int checkPlugin(const Common& common, const PluginCheckOptions& options) {
    const Report report = look(options.file);
    if (common.json)
        std::cout << toJson(report).dump(2) << '\n';
    else
        print(report);
    return hasErrors(report.findings) || (options.strict && !report.findings.empty()) ? 1 : 0;
}

}  // namespace stepd::ctl
