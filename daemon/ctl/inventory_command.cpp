#include <filesystem>
#include <iostream>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/run_picture.h"
#include "ctl/terminal.h"

namespace stepd::ctl {
namespace {

std::string joined(const Json& list) {
    std::string out;
    for (const auto& item : list) out += (out.empty() ? "" : ", ") + item.get<std::string>();
    return out;
}

std::string buildOf(const Json& plugin) {
    const auto build = plugin.find("build");
    return build == plugin.end() || build->is_null() ? "" : textOf(*build, "build").substr(0, 12);
}

int print(const Json& json) {
    std::cout << json.dump(2) << '\n';
    return 0;
}

}  // namespace

int listPipelines(const Common& common) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json answer = client.get("/api/v1/pipelines");
    if (common.json) return print(answer);
    std::vector<std::vector<std::string>> rows{{"PIPELINE", "STATE", "EVENTS", "ROUTES", "STEPS", "REVISION"}};
    for (const auto& pipeline : answer.at("pipelines"))
        rows.push_back({textOf(pipeline, "id"), pipeline.value("paused", false) ? "paused" : "active",
                        joined(pipeline.at("events")), joined(pipeline.at("routes")),
                        std::to_string(pipeline.at("steps").size()), textOf(pipeline, "revision").substr(0, 12)});
    std::cout << table(rows);
    return 0;
}

int showPipeline(const Common& common, const std::string& id) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json pipeline = client.get("/api/v1/pipelines/" + encoded(id));
    if (common.json) return print(pipeline);
    std::cout << painted(textOf(pipeline, "id"), Colour::Bold) << "  " << textOf(pipeline, "name") << '\n';
    std::vector<std::vector<std::string>> rows{{"STEP", "USES", "NEEDS", "TRIES", "TIMEOUT", "IF"}};
    for (const auto& step : pipeline.at("steps"))
        rows.push_back({textOf(step, "id"), textOf(step, "uses"), joined(step.at("needs")),
                        std::to_string(step.at("attempts").get<int>()), textOf(step, "timeout"), textOf(step, "if")});
    std::cout << table(rows);
    const Json& unfinished = pipeline.at("unfinished_runs");
    if (!common.quiet && unfinished.is_number()) std::cout << "\nruns that have not ended: " << unfinished << '\n';
    return 0;
}

int listPlugins(const Common& common) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json answer = client.get("/api/v1/plugins");
    if (common.json) return print(answer);
    std::vector<std::vector<std::string>> rows{
        {"PLUGIN", "STATE", "VERSION", "BUILD", "WORKERS", "RESTARTS", "HEALTH", "SUMMARY"}};
    for (const auto& plugin : answer.at("plugins"))
        rows.push_back({textOf(plugin, "name"), textOf(plugin, "state"), textOf(plugin, "version"), buildOf(plugin),
                        plugin.at("workers").dump(), plugin.at("restarts").dump(),
                        textOf(plugin.at("health"), "status"),
                        plugin.at("problem").is_null() ? textOf(plugin, "summary") : textOf(plugin, "problem")});
    std::cout << table(rows);
    if (common.quiet) return 0;
    for (const auto& plugin : answer.at("plugins"))
        if (const std::string why = textOf(plugin, "not_used"); !why.empty())
            std::cout << painted(textOf(plugin, "name"), Colour::Busy) << ": " << why << '\n';
    return 0;
}

int showPlugin(const Common& common, const std::string& name) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    return print(client.get("/api/v1/plugins/" + encoded(name)));
}

}  // namespace stepd::ctl
