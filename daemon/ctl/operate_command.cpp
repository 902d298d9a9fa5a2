#include <iostream>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/run_picture.h"
#include "ctl/terminal.h"

namespace stepd::ctl {
namespace {

/// Says what was done, or prints the daemon's answer.
int say(const Common& common, const Json& answer, const std::string& sentence) {
    if (common.json)
        std::cout << answer.dump(2) << '\n';
    else if (!common.quiet)
        std::cout << sentence << '\n';
    return 0;
}

Json filterOf(const RunsOptions& options) {
    Json filter = Json::object();
    if (!options.pipeline.empty()) filter["pipeline"] = options.pipeline;
    if (options.failed) filter["state"] = "failed";
    if (!options.state.empty()) filter["state"] = options.state;
    if (!options.since.empty()) filter["since"] = options.since;
    if (!options.until.empty()) filter["until"] = options.until;
    return filter;
}

std::string runsText(long long count) {
    return std::to_string(count) + (count == 1 ? " run" : " runs");
}

/// Shows the count, asks, and goes on until the daemon has done them all. `verb` is that of the question.
int doMany(const Common& common, const std::string& path, const RunsOptions& options, const std::string& verb,
           const std::string& past) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    Json body = filterOf(options);
    body["dry_run"] = true;
    const Json count = client.post(path, body.dump()).at("matched");
    if (count == 0) return say(common, {{"done", 0}, {"problems", Json::array()}}, "no runs");
    const std::string question =
        verb + " " + (count.is_null() ? "more runs than can be counted" : runsText(count.get<long long>())) + "?";
    if (!options.yes && !confirmed(question)) return 1;
    body.erase("dry_run");
    long long done = 0;
    Json problems = Json::array();
    for (bool more = true; more;) {
        const Json answer = client.post(path, body.dump());
        done += answer.at("done").get<long long>();
        for (const auto& problem : answer.at("problems")) problems.push_back(problem);
        more = answer.at("more").get<bool>();
        body["cursor"] = answer.at("next");
    }
    say(common, {{"done", done}, {"problems", problems}}, runsText(done) + " " + past);
    if (!common.json)
        for (const auto& problem : problems)
            std::cout << "  " << textOf(problem, "run_id") << "  " << textOf(problem, "problem") << '\n';
    return problems.empty() ? 0 : 1;
}

int pauseOrResume(const Common& common, const std::string& id, const std::string& verb, const std::string& sentence) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    return say(common, client.post("/api/v1/pipelines/" + encoded(id) + "/" + verb, ""), sentence);
}

}  // namespace

bool RunsOptions::namesMany() const {
    return failed || !pipeline.empty() || !state.empty() || !since.empty() || !until.empty();
}

int cancelRuns(const Common& common, const RunsOptions& options) {
    if (options.namesMany()) return doMany(common, "/api/v1/runs/cancel", options, "Cancel", "cancelled");
    const Client client(common.url, findOperatorKey(common.keyFile));
    return say(common, client.post("/api/v1/runs/" + encoded(options.id) + "/cancel", ""),
               "run " + options.id + " is cancelled");
}

int rerunRuns(const Common& common, const RerunOptions& options) {
    if (options.runs.namesMany()) return doMany(common, "/api/v1/runs/rerun", options.runs, "Do again", "queued again");
    // The input goes in as it is: parsing and writing it again would change numbers.
    const std::string input = argumentText(options.input);
    if (!input.empty() && !Json::accept(input)) throw Refused("--input is not valid JSON");
    std::string body = "{\"from\":" + (options.from.empty() ? "null" : Json(options.from).dump());
    body += ",\"step\":" + (options.step.empty() ? "null" : Json(options.step).dump());
    body += ",\"input\":" + (input.empty() ? "null" : input) + "}";
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json answer = client.post("/api/v1/runs/" + encoded(options.runs.id) + "/rerun", body);
    if (common.quiet && !common.json) {
        std::cout << textOf(answer, "run_id") << '\n';
        return 0;
    }
    std::string kept;
    for (const auto& step : answer.at("kept")) kept += (kept.empty() ? "" : ", ") + step.get<std::string>();
    return say(common, answer, "run " + textOf(answer, "run_id") + (kept.empty() ? "" : "\nkept " + kept));
}

int releaseRun(const Common& common, const std::string& id) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json answer = client.post("/api/v1/runs/" + encoded(id) + "/release", "");
    const std::string again = textOf(answer, "run_id");
    return say(common, answer, "run " + id + " goes on" + (again.empty() ? "" : " as run " + again));
}

int pausePipeline(const Common& common, const std::string& id) {
    return pauseOrResume(common, id, "pause", "pipeline " + id + " is paused: nothing new of it begins");
}

int resumePipeline(const Common& common, const std::string& id) {
    return pauseOrResume(common, id, "resume", "pipeline " + id + " goes on");
}

}  // namespace stepd::ctl
