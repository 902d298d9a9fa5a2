#include "disturbances.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "http_talk.h"

namespace stepd::bench {
namespace {

constexpr Duration kThinking = 100ms;

struct PageOf {
    const char* path;
    const char* begin;  // of the right answer
};
constexpr PageOf kPages[] = {{"/api/v1/runs?limit=50", "{\"runs\":[{"},
                             {"/api/v1/runs?state=failed", "{\"runs\":["},
                             {"/api/v1/events?limit=50", "{\"events\":[{"},
                             {"/health/detailed", "{\"status\":\""}};

void syncFile(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() || ::fsync(file.get()) != 0) throwErrno(errno, "syncing " + path);
}

}  // namespace

Dashboards::Dashboards(const DaemonUnderTest& daemon, std::size_t clients) {
    for (std::size_t client = 0; client < clients; ++client)
        threads_.emplace_back([this, port = daemon.port(), header = daemon.operatorHeader(), client,
                               offset = kThinking * client / clients](const std::stop_token& stop) {
            std::this_thread::sleep_for(offset);  // people do not click in step
            read(stop, port, header, client);
        });
}

void Dashboards::read(const std::stop_token& stop, std::uint16_t port, const std::string& header, std::size_t client) {
    Conversation conversation(port);
    for (std::size_t i = client; !stop.stop_requested(); ++i) {
        const PageOf& page = kPages[i % std::size(kPages)];
        const auto answer = conversation.ask("GET", page.path, {}, header);
        if (!answer || answer->status != 200 || !answer->body.starts_with(page.begin)) return void(++wrong_);
        ++pages_;
        bytes_ += answer->body.size();
        std::this_thread::sleep_for(kThinking);
    }
}

Backups::Backups(const DaemonUnderTest& daemon, Fate fate)
    : thread_([this, &daemon, fate](const std::stop_token& stop) {
          try {
              while (!stop.stop_requested()) copy(daemon, fate);
          } catch (const std::exception&) {
              ++wrong_;
          }
      }) {}

void Backups::copy(const DaemonUnderTest& daemon, Fate fate) {
    const auto answer = nlohmann::json::parse(daemon.operate("POST", "/api/v1/backup"));
    const auto path = answer.at("path").get<std::string>();
    const auto bytes = answer.at("bytes").get<std::uint64_t>();
    if (fate == Fate::Kept) syncFile(path);
    if (bytes == 0 || std::filesystem::file_size(path) != bytes) ++wrong_;
    std::filesystem::remove(path);
    ++made_;
    bytes_ += bytes;
}

}  // namespace stepd::bench
