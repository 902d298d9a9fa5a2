#include <filesystem>
#include <iostream>
#include <map>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/findings.h"
#include "ctl/load_context.h"
#include "ctl/pipeline_plan.h"
#include "ctl/run_picture.h"
#include "ctl/terminal.h"
#include "ctl/text_diff.h"
#include "pipeline/loader.h"

namespace stepd::ctl {
namespace {

constexpr const char* kReload = "/api/v1/reload";

/// A pipeline that a reload would touch.
struct Candidate {
    std::string id;
    std::string change;  ///< `added`, `changed`, `removed`, `unchanged`
    std::string oldHash;
    std::string newHash;
    std::string oldSource;  ///< JSON object of file names to contents; empty: none
    std::string newSource;
    Json unfinished = 0;  ///< a number, or null: more than can be counted
};

/// The files have errors: they were printed, and the exit code is 1.
struct FilesRefused {};

/// The 422 of a reload carries findings; everything else is as with `Client::post`.
Json askForReload(const Common& common, const Client& client, const std::string& body) {
    const Reply reply = client.request("POST", kReload, body);
    if (reply.status != 422) return client.checked(reply);
    const Json problem = reply.json();
    print(findingsOf(problem.value("findings", Json::array())), common.json);
    if (!common.json && !common.quiet) std::cout << textOf(problem, "detail") << '\n';
    throw FilesRefused();
}

/// What the running daemon says of a pipeline that is to change.
void addRunning(const Client& client, Candidate& candidate) {
    if (candidate.change == "added" || candidate.change == "unchanged") return;
    const Json running = client.get("/api/v1/pipelines/" + encoded(candidate.id));
    candidate.oldSource = running.at("source").dump();
    candidate.unfinished = running.at("unfinished_runs");
}

std::vector<Candidate> daemonsOwn(const Common& common, const Client& client) {
    std::vector<Candidate> all;
    const Json answer = askForReload(common, client, R"({"dry_run":true})");
    if (!common.json) print(findingsOf(answer.at("findings")), false);
    for (const Json& item : answer.at("pipelines"))
        all.push_back({.id = textOf(item, "id"),
                       .change = textOf(item, "change"),
                       .oldHash = textOf(item, "before"),
                       .newHash = textOf(item, "revision"),
                       .oldSource = {},
                       .newSource = item.at("source").is_null() ? "" : item.at("source").dump()});
    return all;
}

std::vector<Candidate> fromDirectory(const Common& common, const Client& client, const std::string& directory) {
    namespace fs = std::filesystem;
    if (!fs::is_directory(directory)) throw Refused(directory + " is no directory");
    const auto loaded = pipeline::loadDirectory(directory, contextFor(fs::path(directory) / "pipeline.yaml"));
    if (hasErrors(loaded.findings) || !common.json) print(loaded.findings, common.json);
    if (hasErrors(loaded.findings)) throw FilesRefused();
    std::map<std::string, Candidate> byId;
    const Json current = client.get("/api/v1/pipelines");
    for (const Json& running : current.at("pipelines"))
        byId[textOf(running, "id")] = {.change = "removed", .oldHash = textOf(running, "revision")};
    for (const auto& fresh : loaded.pipelines) {
        Candidate& candidate = byId[fresh->id];
        candidate.newHash = fresh->hash;
        candidate.newSource = fresh->source;
        if (candidate.oldHash.empty())
            candidate.change = "added";
        else
            candidate.change = candidate.oldHash == fresh->hash ? "unchanged" : "changed";
    }
    std::vector<Candidate> all;
    for (auto& [id, candidate] : byId) {
        candidate.id = id;
        all.push_back(std::move(candidate));
    }
    return all;
}

std::vector<Candidate> candidates(const Common& common, const std::string& directory) {
    const Client client(common.url, findOperatorKey(common.keyFile));
    auto all = directory.empty() ? daemonsOwn(common, client) : fromDirectory(common, client, directory);
    for (Candidate& candidate : all) addRunning(client, candidate);
    return all;
}

std::map<std::string, std::string> filesOf(const std::string& source) {
    std::map<std::string, std::string> files;
    if (source.empty()) return files;
    const Json object = Json::parse(source);
    for (const auto& [name, content] : object.items()) files[name] = content.get<std::string>();
    return files;
}

std::string coloured(const std::string& diff) {
    std::string out;
    for (std::size_t at = 0; at < diff.size();) {
        const auto end = std::min(diff.find('\n', at), diff.size());
        const std::string_view line = std::string_view(diff).substr(at, end - at);
        const Colour colour = line.starts_with('+')   ? Colour::Good
                              : line.starts_with('-') ? Colour::Bad
                              : line.starts_with('@') ? Colour::Busy
                                                      : Colour::Plain;
        out += painted(line, colour) + "\n";
        at = end + 1;
    }
    return out;
}

/// One file after the other; what a pipeline inherits from stepd.yaml is a file named `inherited`.
std::string diffOf(const Candidate& candidate) {
    auto before = filesOf(candidate.oldSource);
    const auto after = filesOf(candidate.newSource);
    for (const auto& [name, content] : after) before.try_emplace(name);
    std::string out;
    for (const auto& [name, content] : before) {
        const auto fresh = after.find(name);
        const std::string hunks = unifiedDiff(content, fresh == after.end() ? std::string() : fresh->second);
        if (hunks.empty()) continue;
        out += "--- " + candidate.id + "/" + name + "  " + candidate.oldHash.substr(0, 12) + "\n";
        out += "+++ " + candidate.id + "/" + name + "  " + candidate.newHash.substr(0, 12) + "\n" + hunks;
    }
    return out;
}

std::vector<PlanLine> planOf(const Candidate& candidate) {
    const auto compiled = [](const std::string& source) {
        return source.empty() ? nullptr : pipeline::loadSource(source).pipeline;
    };
    return comparePipelines(compiled(candidate.oldSource).get(), compiled(candidate.newSource).get());
}

Json planJson(const Candidate& candidate) {
    Json lines = Json::array();
    for (const PlanLine& line : planOf(candidate)) lines.push_back(std::string(1, line.sign) + " " + line.text);
    return {{"id", candidate.id},
            {"change", candidate.change},
            {"before", candidate.oldHash},
            {"revision", candidate.newHash},
            {"changes", lines},
            {"unfinished_runs", candidate.unfinished}};
}

void printPlan(const Candidate& candidate) {
    std::cout << painted(candidate.id, Colour::Bold) << "  " << candidate.change;
    if (candidate.change == "changed")
        std::cout << "  " << candidate.oldHash.substr(0, 12) << " -> " << candidate.newHash.substr(0, 12);
    std::cout << '\n';
    const auto lines = planOf(candidate);
    for (const PlanLine& line : lines)
        std::cout << "  "
                  << painted(std::string(1, line.sign) + " " + line.text, line.sign == '+' ? Colour::Good : Colour::Bad)
                  << '\n';
    if (lines.empty()) std::cout << "  no trigger, route, limit or step: `stepctl pipelines diff` shows the texts\n";
    if (candidate.unfinished != 0)
        std::cout << "  unfinished runs stay on the revision they began with: "
                  << (candidate.unfinished.is_null() ? "more than can be counted" : candidate.unfinished.dump())
                  << '\n';
}

}  // namespace

int reload(const Common& common) try {
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json answer = askForReload(common, client, "");
    if (common.json) {
        std::cout << answer.dump(2) << '\n';
        return 0;
    }
    print(findingsOf(answer.at("findings")), false);
    if (common.quiet) return 0;
    for (const Json& item : answer.at("pipelines")) {
        const std::string revision = item.at("revision").is_null() ? textOf(item, "before") : textOf(item, "revision");
        if (textOf(item, "change") != "unchanged")
            std::cout << textOf(item, "change") << "  " << textOf(item, "id") << "  " << revision.substr(0, 12) << '\n';
    }
    for (const Json& item : answer.value("plugins", Json::array())) {
        const bool kept = !item.at("problem").is_null();
        if (textOf(item, "status") == "unchanged") continue;
        std::cout << "plugin " << textOf(item, "status") << "  " << textOf(item, "plugin")
                  << (kept ? ": " + textOf(item, "problem") : std::string()) << '\n';
    }
    if (textOf(answer, "status") == "unchanged") std::cout << "nothing has changed\n";
    std::cout << textOf(answer, "note") << '\n';
    return 0;
} catch (const FilesRefused&) {
    return 1;
}

int diffPipelines(const Common& common, const std::string& directory) try {
    Json list = Json::array();
    for (const Candidate& candidate : candidates(common, directory)) {
        if (candidate.change == "unchanged") continue;
        const std::string diff = diffOf(candidate);
        list.push_back({{"id", candidate.id}, {"change", candidate.change}, {"diff", diff}});
        if (!common.json) std::cout << coloured(diff);
    }
    if (common.json) std::cout << list.dump(2) << '\n';
    return 0;
} catch (const FilesRefused&) {
    return 1;
}

int planPipelines(const Common& common, const std::string& directory) try {
    Json list = Json::array();
    std::size_t unchanged = 0;
    for (const Candidate& candidate : candidates(common, directory)) {
        if (candidate.change == "unchanged") ++unchanged;
        if (common.json)
            list.push_back(planJson(candidate));
        else if (candidate.change != "unchanged")
            printPlan(candidate);
    }
    if (common.json)
        std::cout << list.dump(2) << '\n';
    else if (!common.quiet)
        std::cout << unchanged << " unchanged\n";
    return 0;
} catch (const FilesRefused&) {
    return 1;
}

}  // namespace stepd::ctl
