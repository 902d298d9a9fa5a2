// stepd_bench: load on a real daemon. See README.md beside this file.
#include <CLI/CLI.hpp>

#include <cstdio>

#include "workloads.h"

int main(int argc, char** argv) {
    using namespace stepd::bench;
    CLI::App app("Measures a real stepd under load; ./dev bench builds it", "./dev bench");
    std::string workload = "W4";
    double seconds = 5;
    bool json = false;
    std::string mode = "process";
    Options options;
    app.add_option("workload", workload, "what to measure")
        ->check(CLI::IsMember({"W4", "W1", "P", "ingest", "all"}, CLI::ignore_case));
    app.add_option("--seconds", seconds, "length of each measured window")->capture_default_str();
    app.add_option("--in-flight", options.inFlight, "requests at once; several make a sweep")->delimiter(',');
    app.add_option("--mode", mode, "where the steps run")->check(CLI::IsMember({"process", "inproc"}));
    app.add_option("--workers", options.daemon.workers, "worker processes")->capture_default_str();
    app.add_option("--threads", options.daemon.threads, "calls at once in each worker")->capture_default_str();
    app.add_flag("--json", json, "print JSON");
    CLI11_PARSE(app, argc, argv);
    options.window = std::chrono::duration_cast<stepd::Duration>(std::chrono::duration<double>(seconds));
    options.daemon.isolation = mode == "inproc" ? Isolation::Inproc : Isolation::Process;

    Report report(json ? Report::Format::Json : Report::Format::Table);
    const bool all = workload == "all";
    try {
        for (const char* pipeline : {"W4", "W1", "P"})
            if (all || CLI::detail::to_lower(workload) == CLI::detail::to_lower(pipeline))
                measureRuns(CLI::detail::to_lower(pipeline), options, report);
        if (all || workload == "ingest") measureIngest(options, report);
    } catch (const std::exception& error) {
        report.wrong(error.what());
    }
    return report.finish() ? 0 : 1;
}
