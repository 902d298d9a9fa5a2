// stepd_bench: load on a real daemon. See README.md beside this file.
#include <sys/resource.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <map>
#include <thread>

#include "plots.h"
#include "workloads.h"

namespace {

using namespace stepd::bench;

struct Command {
    std::string workload = "w4";
    double seconds = 5;
    std::string mode = "process";
    bool json = false;
    bool plot = false;
    Options options;
};

const std::map<std::string, void (*)(const Options&, Report&)> kWorkloads{
    {"w4", [](const Options& options, Report& report) { measureRuns("w4", options, report); }},
    {"w1", [](const Options& options, Report& report) { measureRuns("w1", options, report); }},
    {"p", [](const Options& options, Report& report) { measureRuns("p", options, report); }},
    {"ingest", &measureIngest},
    {"idle", &measureIdle},
    {"queue", &measureQueue},
    {"start", &measureStart},
    {"grow", &measureGrow},
    {"disturb", &measureDisturb},
};

std::vector<std::string> namesOfWorkloads() {
    std::vector<std::string> names{"all"};
    for (const auto& [name, measure] : kWorkloads) names.push_back(name);
    return names;
}

void declare(CLI::App& app, Command& command) {
    Options& options = command.options;
    app.add_option("workload", command.workload, "what to measure")
        ->check(CLI::IsMember(namesOfWorkloads(), CLI::ignore_case))
        ->transform([](std::string text) { return CLI::detail::to_lower(text); });
    app.add_option("--seconds", command.seconds, "length of each measured window")->capture_default_str();
    app.add_option("--in-flight", options.inFlight, "requests at once; several make a sweep")->delimiter(',');
    app.add_option("--mode", command.mode, "where the steps run; single: in workers, one run at a time, three times")
        ->check(CLI::IsMember({"process", "inproc", "single"}));
    app.add_option("--way", options.way, "wait: a request a run; events: POST /e/KEY, ends seen in the store")
        ->transform(CLI::Transformer(std::map<std::string, Way>{{"wait", Way::Wait}, {"events", Way::Events}}));
    app.add_option("--repeat", options.repeat, "report medians of so many")->capture_default_str();
    app.add_option("--count", options.count,
                   "runs of queue (1000000), start (100000), grow (1000000), disturb (100000)");
    app.add_option("--rate", options.rate, "events a second of disturb")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--workers", options.daemon.workers, "worker processes")->capture_default_str();
    app.add_option("--threads", options.daemon.threads, "calls at once in each worker")->capture_default_str();
    app.add_flag("--profile", options.profile, "the daemon's ten most expensive functions, by perf");
    app.add_flag("--plot", command.plot, "draw the curves, as build/bench/*.svg");
    app.add_flag("--json", command.json, "print JSON");
}

/// Two thousand connections need more descriptors than a shell allows; the daemon inherits the limit.
void allowManyDescriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Who reads the figures must know whether the machine had other work.
void tellMachine(Report& report) {
    double load = 0;
    if (::getloadavg(&load, 1) != 1) return;
    char text[100];
    std::snprintf(text, sizeof text, "%u cores, load average of the last minute before: %.1f",
                  std::thread::hardware_concurrency(), load);
    report.note(text);
}

void carryOut(const Command& command, Report& report) {
    for (const auto& [name, measure] : kWorkloads)
        if (command.workload == "all" || command.workload == name) try {
                measure(command.options, report);
            } catch (const std::exception& error) {
                report.wrong(name + ": " + error.what());
            }
}

}  // namespace

int main(int argc, char** argv) {
    Command command;
    CLI::App app("Measures a real stepd under load; ./dev bench builds it", "./dev bench");
    declare(app, command);
    CLI11_PARSE(app, argc, argv);
    command.options.window =
        std::chrono::duration_cast<stepd::Duration>(std::chrono::duration<double>(command.seconds));
    if (command.mode == "inproc") command.options.daemon.isolation = Isolation::Inproc;
    if (command.mode == "single") {
        command.options.inFlight = {1};
        command.options.repeat = 3;
    }
    Report report(command.json ? Report::Format::Json : Report::Format::Table);
    allowManyDescriptors();
    tellMachine(report);
    carryOut(command, report);
    if (command.plot)
        for (const auto& file : drawFigures(report.figures(), STEPD_BENCH_STATE)) report.note("wrote " + file);
    return report.finish() ? 0 : 1;
}
