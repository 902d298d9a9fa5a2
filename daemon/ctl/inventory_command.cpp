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

/// What runs, since when, and what `rollback` would bring back.
void printBuilds(const Json& plugin) {
    for (const char* which : {"build", "previous"})
        if (const Json& build = plugin.at(which); !build.is_null())
            std::cout << which << ": " << textOf(build, "version") << " (" << textOf(build, "build") << ")\n";
    if (const std::string since = textOf(plugin, "since"); !since.empty()) std::cout << "since: " << since << '\n';
    if (const std::string why = textOf(plugin, "not_used"); !why.empty()) std::cout << "not used: " << why << '\n';
    for (const auto& one : plugin.at("generations"))
        std::cout << "generation " << one.at("number") << ": " << textOf(one, "role") << ", "
                  << textOf(one.at("build"), "build").substr(0, 12) << ", running " << one.at("running") << '\n';
}

int print(const Json& json) {
    std::cout << json.dump(2) << '\n';
    return 0;
}

/// What the plugin asks for beside what it is granted.
std::vector<std::vector<std::string>> reachRows(const Json& plugin) {
    const Json &asked = plugin.at("asked"), &granted = plugin.at("granted");
    std::vector<std::vector<std::string>> rows{{"", "ASKED", "GRANTED"}};
    const auto text = [](const Json& value) {
        if (value.is_boolean()) return std::string(value.get<bool>() ? "yes" : "no");
        return value.empty() ? std::string("nothing") : joined(value);
    };
    for (const char* key : {"net", "read", "write", "exec", "secrets"})
        rows.push_back({key, asked.is_null() ? "does not say" : text(asked.at(key)), text(granted.at(key))});
    return rows;
}

/// In a word: all layers, some or none.
std::string layersOf(const Json& plugin) {
    const Json& enforced = plugin.at("enforced");
    if (enforced.is_null()) return "none";
    const bool seccomp = enforced.at("seccomp").get<bool>(), landlock = enforced.at("landlock_abi").get<int>() > 0;
    return seccomp && landlock ? "full" : seccomp || landlock ? "partial" : "none";
}

std::string enforcedText(const Json& plugin) {
    const Json& enforced = plugin.at("enforced");
    const std::string mode = textOf(plugin, "sandbox");
    if (enforced.is_null()) return mode + ", nothing is enforced";
    const auto abi = enforced.at("landlock_abi").get<int>();
    std::string text = mode + (enforced.at("seccomp").get<bool>() ? ", seccomp" : ", no seccomp") +
                       (abi > 0 ? ", Landlock ABI " + std::to_string(abi) : ", no Landlock");
    for (const auto& finding : enforced.at("findings")) text += "\n  " + finding.get<std::string>();
    return text;
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
        {"PLUGIN", "STATE", "VERSION", "BUILD", "WORKERS", "RESTARTS", "HEALTH", "SANDBOX", "SUMMARY"}};
    for (const auto& plugin : answer.at("plugins"))
        rows.push_back({textOf(plugin, "name"), textOf(plugin, "state"), textOf(plugin, "version"), buildOf(plugin),
                        plugin.at("workers").dump(), plugin.at("restarts").dump(),
                        textOf(plugin.at("health"), "status"), layersOf(plugin),
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
    const Json plugin = client.get("/api/v1/plugins/" + encoded(name));
    if (common.json) return print(plugin);
    std::cout << painted(textOf(plugin, "name"), Colour::Bold) << "  " << textOf(plugin, "version") << "  "
              << textOf(plugin, "state") << "  " << textOf(plugin, "summary") << '\n';
    if (plugin.at("problem").is_string()) std::cout << textOf(plugin, "problem") << '\n';
    std::cout << "library: " << textOf(plugin, "library") << "\nsteps: " << joined(plugin.at("steps"))
              << "\nworkers: " << plugin.at("workers") << ", calls at once: " << plugin.at("slots")
              << ", restarts: " << plugin.at("restarts") << ", health: " << textOf(plugin.at("health"), "status")
              << '\n';
    printBuilds(plugin);
    std::cout << '\n' << table(reachRows(plugin)) << "\nsandbox: " << enforcedText(plugin) << '\n';
    return 0;
}

}  // namespace stepd::ctl
