#include <algorithm>
#include <cstdio>
#include <iostream>
#include <thread>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/plugin_bench.h"
#include "ctl/plugin_trial.h"

namespace stepd::ctl {
namespace {

const host::StepDescription& stepOf(const host::PluginDescription& plugin, const std::string& type) {
    const auto& steps = plugin.steps;
    const auto at = std::find_if(steps.begin(), steps.end(), [&](const auto& step) { return step.type == type; });
    if (at != steps.end()) return *at;
    if (type.empty() && steps.size() == 1) return steps.front();
    throw Refused(type.empty() ? "the plugin has several step types: name one with --step"
                               : "the plugin has no step type `" + type + "`");
}

/// What is asked for, or the schema's first example, or an object with nothing in it.
Json inputOf(const PluginBenchOptions& options, const host::StepDescription& step) {
    if (!options.input.empty()) {
        Json input = Json::parse(argumentText(options.input), nullptr, false);
        if (input.is_discarded()) throw Refused("--input is not valid JSON");
        return input;
    }
    const Json schema = Json::parse(step.inputSchema, nullptr, false);
    if (schema.is_object() && schema.contains("examples") && schema["examples"].is_array() &&
        !schema["examples"].empty())
        return schema["examples"].front();
    return Json::object();
}

/// An object gets a member of its own, which no step knows; anything else stays as it is.
std::string filledUp(Json input, std::uint64_t bytes) {
    std::string text = input.dump();
    if (!input.is_object() || input.contains("ballast") || text.size() >= bytes) return text;
    input["ballast"] = "";
    const std::size_t least = input.dump().size();
    if (least < bytes) input["ballast"] = std::string(bytes - least, 'x');
    return input.dump();
}

struct Line {
    std::string isolation;
    std::uint64_t bytes;
    CallLoad load;
    CallFigures figures;
};

std::vector<Line> linesOf(const PluginBenchOptions& options, const host::StepDescription& step,
                          const std::string& isolation) {
    std::vector<Line> lines;
    for (const auto bytes : options.bytes) {
        host::StepCall call;
        call.plugin = "plugin";
        call.step = step.type;
        call.config = argumentText(options.with);
        call.input = filledUp(inputOf(options, step), bytes);
        call.timeout = 1min;
        call.requestId = call.runId = call.eventId = "01JD0000000000000000000001";
        call.stepId = "step";
        call.idempotencyKey = call.runId + "/step/0";
        for (const std::size_t inFlight : {std::size_t{1}, options.inFlight})
            lines.push_back(
                {isolation,
                 call.input.size(),
                 {call, inFlight, std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.seconds))},
                 {}});
    }
    return lines;
}

void print(const Common& common, const std::vector<Line>& lines) {
    Json rows = Json::array();
    if (!common.json)
        std::printf("%-9s %8s %9s %10s %9s %9s %9s %9s\n", "isolation", "bytes", "in flight", "calls/s", "p50 us",
                    "p99 us", "host us", "worker us");
    for (const auto& [isolation, bytes, load, figures] : lines) {
        if (common.json) {
            rows.push_back({{"isolation", isolation},
                            {"bytes", bytes},
                            {"in_flight", load.inFlight},
                            {"calls_per_s", figures.callsPerSecond},
                            {"p50_us", figures.p50Us},
                            {"p99_us", figures.p99Us},
                            {"host_cpu_us", figures.hostUs},
                            {"worker_cpu_us", figures.workerUs},
                            {"failed", figures.failed}});
            continue;
        }
        std::printf("%-9s %8llu %9zu %10.0f %9.1f %9.1f %9.2f %9.2f\n", isolation.c_str(),
                    static_cast<unsigned long long>(bytes), load.inFlight, figures.callsPerSecond, figures.p50Us,
                    figures.p99Us, figures.hostUs, figures.workerUs);
    }
    if (common.json) std::cout << rows.dump(2) << '\n';
}

}  // namespace

int benchPlugin(const Common& common, const PluginBenchOptions& options) {
    const host::PluginDescription description = describePlugin(options.file);
    const host::StepDescription& step = stepOf(description, options.step);
    host::PluginSpec spec = trialSpec(options.file);
    spec.name = "plugin";
    spec.threads = options.threads;
    if (!common.json && !common.quiet)
        std::cout << description.name << ' ' << description.version << ", step " << step.type << ", "
                  << description.callsAtOnce(options.threads) << " at once; " << std::thread::hardware_concurrency()
                  << " processors\n"
                  << std::flush;
    std::vector<Line> all;
    for (const auto& isolation : options.isolation) {
        spec.isolation = isolation == "inproc" ? host::Isolation::Inproc : host::Isolation::Process;
        if (spec.isolation == host::Isolation::Inproc && !spec.exec.empty()) continue;  // a program has its process
        auto lines = linesOf(options, step, isolation);
        std::vector<CallLoad> loads;
        for (const auto& line : lines) loads.push_back(line.load);
        const auto figures = measureCalls(trialOptions(), spec, loads);
        for (std::size_t i = 0; i < lines.size(); ++i) lines[i].figures = figures[i];
        all.insert(all.end(), lines.begin(), lines.end());
    }
    print(common, all);
    for (const auto& line : all)
        if (line.figures.failed != 0)
            throw Refused(std::to_string(line.figures.failed) + " calls failed, the first with " +
                          line.figures.failure);
    return 0;
}

}  // namespace stepd::ctl
