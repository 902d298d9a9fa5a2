#include "stage.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

namespace stepd::misbehaving {
namespace {

using test::Json;
constexpr const char* kSecret = "the-secret-that-nobody-shall-see";
constexpr std::size_t kLogTail = 8;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kGrowth = 768U << 20;  // their allocators keep what was freed
#else
constexpr std::uint64_t kGrowth = 48U << 20;  // what the allocator does not give back after a few largest frames
#endif

bool ofStep(const std::string& setting) {
    const std::array keys{"timeout:", "retry:", "with:", "foreach:", "input:"};
    return std::any_of(keys.begin(), keys.end(), [&](const char* key) { return setting.starts_with(key); });
}

std::string pluginOf(const Case& row, const std::string& directory) {
    const bool ours = row.library.starts_with("./");
    const std::string library = ours ? directory + row.library.substr(1) : row.library;
    std::string text =
        "  " + row.name + ":\n    library: " + library + "\n    grace: 100ms\n    grant: {net: [127.0.0.1]}\n";
    for (const auto& setting : row.settings)
        if (!ofStep(setting)) text += "    " + setting + "\n";
    return text;
}

std::string pipelineOf(const Case& row) {
    std::string text = "version: 1\nid: " + row.name + "\non: [{event: " + row.name +
                       "}]\nsteps:\n  - id: it\n    uses: " + (row.oneStep ? row.name : row.name + "/" + row.name) +
                       "\n";
    const auto says = [&](const char* key) {
        return std::any_of(row.settings.begin(), row.settings.end(),
                           [&](const std::string& setting) { return setting.starts_with(key); });
    };
    if (!says("retry:")) text += "    retry: never\n";
    for (const auto& setting : row.settings)
        if (ofStep(setting)) text += "    " + setting + "\n";
    return text;
}

bool isOver(const std::string& state) {
    return state == "completed" || state == "failed" || state == "cancelled" || state == "quarantined";
}

/// What a terminal, or a reader of lines, would take for more than text.
bool controls(const std::string& text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }) ||
           text.find("\xe2\x80\xae") != std::string::npos || text.find("\xc2\x9b") != std::string::npos;
}

}  // namespace

Stage::Stage(std::vector<Case> cases)
    : cases_(std::move(cases)),
      server_([](const std::string&) { return test::LoopbackServer::answer(200, "", "hello"); }),
      daemon_(directory_) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    configure();
}

Stage::~Stage() {
    daemon_.kill();
    for (const auto& stray : descendantsOf(::getpid())) ::kill(stray.pid, SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
}

void Stage::configure() {
    std::string plugins = "  healthy: {library: c_echo.so, workers: 2}\n";
    for (const auto& row : cases_) {
        plugins += pluginOf(row, directory_.path());
        directory_.write("pipelines/" + row.name + ".yaml", pipelineOf(row));
    }
    directory_.write(
        "pipelines/healthy.yaml",
        "version: 1\nid: healthy\non: [{event: healthy}]\nsteps:\n  - {id: it, uses: healthy, retry: never}\n"
        "output: ${{ steps.it.output }}\n");
    directory_.write("secret", kSecret);
    ::chmod((directory_.path() + "/secret").c_str(), 0600);
    directory_.write("stepd.yaml",
                     "http: {listen: \"127.0.0.1:0\"}\nlog: {level: info, format: json}\n"
                     "secrets: {MISBEHAVING_SECRET: \"${file:secret}\"}\n"
                     "outbound: {allow: [\"" +
                         server_.address() + "\"], allowed_ports: [80, " + std::to_string(server_.port()) +
                         "], per_host_min_interval: 0ms}\n" + "plugin_directory: " STEPD_TEST_PLUGINS "\nplugins:\n" +
                         plugins);
}

std::string Stage::play() {
    start();
    const pid_t pid = daemon_.pid();
    playCases();
    workHealthily();
    seeThatNothingIsLeft();
    if (::kill(pid, 0) != 0 || daemon_.pid() != pid) object("the daemon is not the one that was started");
    seeThatTheLogIsClean();
    endWell();
    return objections_;
}

/// And warms it up: what is there after this is no leak.
void Stage::start() {
    daemon_.start();
    daemon_.waitUntil("all plugins to be loaded or refused", [&] {
        const auto plugins = daemon_.getJson("/api/v1/plugins").at("plugins");
        return std::none_of(plugins.begin(), plugins.end(),
                            [](const Json& plugin) { return plugin.at("state") == "loading"; });
    });
    for (int i = 0; i < 3; ++i) workHealthily();
    const std::size_t wanted = workersWanted();
    daemon_.waitUntil("all workers to be there", [&] {
        before_ = holdings();
        return before_.processes.size() == wanted;
    });
}

std::string Stage::post(const std::string& event, const std::string& data) {
    const auto reply = daemon_.request("POST", "/api/v1/events", R"({"name":")" + event + R"(","data":)" + data + "}",
                                       {"Authorization: Bearer " + daemon_.operatorKey()});
    if (reply.status != 202) throw std::runtime_error(event + " was not accepted: " + reply.body);
    return reply.json().at("events").at(0).at("run_ids").at(0).get<std::string>();
}

/// A run of a plugin that does no harm, and the daemon's own answer.
void Stage::workHealthily() {
    const auto run = daemon_.waitForEnd(post("healthy", R"({"well":true})"));
    if (run.at("state") != "completed" || run.at("output").at("well") != true)
        object("a healthy run did not complete: " + run.dump());
    if (const auto reply = daemon_.request("GET", "/health"); reply.status != 200)
        object("the daemon is not healthy: " + reply.body);
}

void Stage::playCases() {
    const std::string data = Json{
        {"daemon", daemon_.url() + "/health"},
        {"server", server_.url("/")},
        {"directory", directory_.path()},
        {"plugins",
         STEPD_TEST_PLUGINS}}.dump();
    std::vector<Playing> playing;
    for (const auto& row : cases_) playing.push_back({.row = &row, .runId = post(row.name, data)});
    daemon_.waitUntil("the misbehaving runs to end", [&] {
        workHealthily();
        bool all = true;
        for (auto& each : playing) {
            if (each.ended) continue;
            const auto run = daemon_.getJson("/api/v1/runs/" + each.runId);
            const auto state = run.value("state", "");
            // A row may say that its run waits: for another attempt.
            each.ended =
                isOver(state) || (each.row->runs.front() == state && !run.at("steps").at(0).at("error").is_null());
            all = all && each.ended;
        }
        return all;
    });
    for (const auto& each : playing) judge(each);
}

void Stage::judge(const Playing& playing) {
    const auto run = daemon_.getJson("/api/v1/runs/" + playing.runId);
    if (const auto objection = playing.row->objection(run); !objection.empty())
        object(playing.row->name + " " + objection + logOf(playing.row->name));
    if (run.dump().find(kSecret) != std::string::npos) object(playing.row->name + " has told a secret");
    if (!isOver(run.value("state", "")))
        daemon_.request("POST", "/api/v1/runs/" + playing.runId + "/cancel", "",
                        {"Authorization: Bearer " + daemon_.operatorKey()});
}

Holdings Stage::holdings() const {
    return Holdings::take(::getpid(), daemon_.pid(), directory_.path() + "/var");
}

std::size_t Stage::workersWanted() const {
    std::size_t sum = 0;
    const auto plugins = daemon_.getJson("/api/v1/plugins").at("plugins");
    for (const auto& plugin : plugins)
        if (plugin.at("state") == "ready") sum += plugin.at("workers").get<std::size_t>();
    return sum;
}

/// As soon as all dead workers have been replaced.
void Stage::seeThatNothingIsLeft() {
    std::vector<std::string> excess;
    std::size_t there = 0;
    const std::size_t wanted = workersWanted();
    try {  // from here on we only look: who asks after plugins makes the daemon ask them how they are

        daemon_.waitUntil("nothing to be left", [&] {
            const auto now = holdings();
            excess = now.excess(before_, daemon_.pid(), kGrowth);
            there = now.processes.size();
            return excess.empty() && there == wanted;
        });
    } catch (const std::runtime_error&) {  // with all of the log; what was seen says more
        for (const auto& sentence : excess) object("left behind: " + sentence);
        if (there != wanted)
            object(std::to_string(there) + " processes, and the plugins have " + std::to_string(wanted) + " workers");
        if (objections_.empty()) throw;
    }
}

void Stage::seeThatTheLogIsClean() {
    for (const auto& line : daemon_.logLines()) {
        const auto json = Json::parse(line, nullptr, false);
        if (!json.is_object() || controls(json.value("message", ""))) object("a log line is no log line: " + line);
        if (line.find(kSecret) != std::string::npos) object("a secret is in the log: " + line);
    }
}

void Stage::endWell() {
    if (const int code = daemon_.stop(); code != 0) object("the daemon ended with code " + std::to_string(code));
    for (const auto& stray : descendantsOf(::getpid()))
        object("outlived the daemon: process " + std::to_string(stray.pid) + " (" + stray.name + ")");
}

std::string Stage::logOf(const std::string& plugin) const {
    std::vector<std::string> lines;
    for (const auto& line : daemon_.logLines())
        if (line.find("\"plugin\":\"" + plugin + "\"") != std::string::npos) lines.push_back(line);
    std::string text;
    for (std::size_t i = lines.size() < kLogTail ? 0 : lines.size() - kLogTail; i < lines.size(); ++i)
        text += "\n      " + lines[i];
    return text;
}

}  // namespace stepd::misbehaving
