// A sample company site and a sample profile provider on loopback, for ./dev demo: nothing leaves the machine.
//   stepd-demo-site DIRECTORY     prints its port and serves until it is stopped
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "base/system_clock.h"
#include "http/reactor_server.h"

namespace {

using namespace stepd;
namespace fs = std::filesystem;

struct Page {
    std::string type;
    std::string text;
};

/// All files below `root` by their path on the site: `/about.html` is found as `/about` too, `/index.html` as `/`.
std::map<std::string, Page> readPages(const fs::path& root) {
    const std::map<std::string, std::string> types{{".html", "text/html; charset=utf-8"},
                                                   {".xml", "application/xml"},
                                                   {".txt", "text/plain; charset=utf-8"},
                                                   {".json", "application/json"}};
    std::map<std::string, Page> pages;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        const auto type = types.find(entry.path().extension().string());
        if (!entry.is_regular_file() || type == types.end()) continue;
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        const Page page{type->second, text.str()};
        std::string path = "/" + fs::relative(entry.path(), root).string();
        pages[path] = page;
        if (path.ends_with("/index.html")) pages[path.substr(0, path.size() - 10)] = page;
        if (path.ends_with(".html")) pages[path.substr(0, path.size() - 5)] = page;
    }
    return pages;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fputs("usage: stepd-demo-site DIRECTORY\n", stderr), 2;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    std::vector<http::Route> routes;
    for (const auto& entry : readPages(argv[1])) {
        const http::Handler serve = [page = entry.second](const http::Request&, const http::Responder& responder) {
            http::Response response;
            response.headers.add("Content-Type", page.type);
            response.body = page.text;
            responder.send(std::move(response));
        };
        routes.emplace_back(http::Method::Get, entry.first, http::Access::Open, serve);
    }
    const SystemClock clock;
    http::ReactorServer server({.name = "demo site"}, clock, std::make_shared<const http::Router>(std::move(routes)));
    server.start();
    std::printf("%d\n", static_cast<int>(server.port()));
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    server.stop();
    return 0;
}
