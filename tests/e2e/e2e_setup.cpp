#include "e2e_setup.h"

#include <cppunit/TestAssert.h>

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

namespace stepd::test {

std::vector<std::string> effects(const TemporaryDirectory& directory) {
    std::ifstream file(directory.path() + "/effects/lines.txt");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

std::size_t countEffects(const TemporaryDirectory& directory, const std::string& start) {
    const auto lines = effects(directory);
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with(start); }));
}

void writeJob(const TemporaryDirectory& directory, const std::string& steps, const std::string& more) {
    const std::string& path = directory.path();
    directory.write("stepd.yaml",
                    "http: {listen: \"127.0.0.1:0\"}\nlog: {level: debug, format: json}\n"
                    "plugin_directory: " STEPD_TEST_PLUGINS
                    "\n"
                    "plugins:\n  effects:\n    library: effects.so\n    workers: 2\n    grant: {write: [\"" +
                        path + "/effects\"]}\n    options: {file: \"" + path + "/effects/lines.txt\", gate: \"" + path +
                        "/gate\"}\n" + more);
    directory.write("pipelines/job.yaml", "version: 1\nid: job\non: [{event: job.asked}]\nsteps:\n" + steps);
}

std::string startJob(const DaemonProcess& daemon) {
    const auto reply = daemon.request("POST", "/api/v1/events", R"({"name":"job.asked"})",
                                      {"Authorization: Bearer " + daemon.operatorKey()});
    CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 202L, reply.status);
    return reply.json().at("events").at(0).at("run_ids").at(0).get<std::string>();
}

std::pair<int, std::string> stepctl(const std::string& arguments) {
    FILE* pipe = ::popen((std::string(STEPCTL_PROGRAM) + " " + arguments + " 2>&1 < /dev/null").c_str(), "r");
    CPPUNIT_ASSERT(pipe != nullptr);
    std::string text;
    std::array<char, 4096> buffer{};
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), got);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

std::string at(const DaemonProcess& daemon, const TemporaryDirectory& directory) {
    return "--url " + daemon.url() + " --key-file " + directory.path() + "/var/operator.key ";
}

void expect(int code, const std::string& part, const std::pair<int, std::string>& got) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(got.second, code, got.first);
    CPPUNIT_ASSERT_MESSAGE(got.second, got.second.find(part) != std::string::npos);
}

Json stepOf(const Json& run, const std::string& id) {
    for (const auto& step : run.at("steps"))
        if (step.at("id") == id) return step;
    CPPUNIT_FAIL("no step " + id + " in " + run.dump(2));
    return {};
}

}  // namespace stepd::test
