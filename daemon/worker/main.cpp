// stepd-worker: loads one plugin and runs its steps for the host at the other end of the channel. stepd-exec-worker is
// the same for a plugin that is a program.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "host/call_board.h"
#include "host/worker_layout.h"
#include "worker/call_loop.h"
#include "worker/code.h"
#include "worker/confinement.h"
#include "worker/crash_handler.h"
#include "worker/outbox.h"
#include "worker/sandbox.h"

namespace {

using namespace stepd;

enum ExitCode { kDone = 0, kConfinementFailed = 70, kProtocol = 71, kLoadFailed = 72 };

int serve() {
    worker::confine();
    std::setvbuf(stdout, nullptr, _IOLBF, 0);              // the process ends without flushing
    ::fcntl(host::kWorkerChannelFd, F_SETFD, FD_CLOEXEC);  // a program that the plugin starts has no business with it
    host::Channel channel{FileDescriptor(host::kWorkerChannelFd)};
    const auto outbox = std::make_shared<worker::Outbox>(channel);
    host::Frame frame;
    if (channel.receive(frame) != host::Received::Frame || frame.type != host::FrameType::Load) return kProtocol;
    const auto load = host::decode<host::LoadMessage>(frame.body);
    if (!load) return kProtocol;
    worker::limitResources(load->limits, load->threads);
    auto* board = host::mapBoard(FileDescriptor(host::kWorkerBoardFd));
    static const std::string path = "/proc/self/fd/" + std::to_string(host::kWorkerLibraryFd);
    worker::noteCrashes(board->crash, path.c_str());
    constexpr std::array kReadable{host::kWorkerLibraryFd};
    try {
        worker::prepareCode(*load);
        outbox->send(
            host::FrameType::Confined, 0,
            worker::enterSandbox(load->sandbox,
                                 {.readable = kReadable, .child = worker::kHasChild, .refusals = &board->refusals}));
    } catch (const Error& error) {
        outbox->send(host::FrameType::LoadFailed, 0, host::LoadFailedMessage{quotedForLog(error.what())});
        return kConfinementFailed;
    }
    auto library = worker::loadCode(outbox);
    if (!library) {
        outbox->send(host::FrameType::LoadFailed, 0, host::LoadFailedMessage{quotedForLog(library.error())});
        return kLoadFailed;
    }
    outbox->send(host::FrameType::Hello, 0, library->description);
    const auto plugin = std::make_shared<const host::PluginLibrary>(std::move(*library));
    const auto atOnce = std::min<std::size_t>(plugin->description.callsAtOnce(load->threads), host::kBoardEntries);
    std::optional<worker::CallLoop> loop;
    const auto threads =
        std::make_shared<host::CallThreads>(plugin, outbox,
                                            host::CallThreads::Options{.threads = static_cast<std::uint32_t>(atOnce),
                                                                       .instances = load->instances,
                                                                       .maxOutputBytes = load->maxOutputBytes,
                                                                       .ownProcess = true,
                                                                       .clock = worker::codeClock(),
                                                                       .running = board->running.data(),
                                                                       .begun = worker::standByForOverflow,
                                                                       .read = [&loop] { loop->read(); }});
    // Not by returning: threads still run, and static objects of the plugin are none of our business.
    loop.emplace(channel, *outbox, *threads, [](worker::CallLoop::End end) {
        ::_exit(end == worker::CallLoop::End::HostLeft ? kDone : kProtocol);
    });
    threads->start();
    loop->run();
    return kDone;
}

}  // namespace

int main() {
    int code = kConfinementFailed;
    try {
        code = serve();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "stepd-worker: %s\n", e.what());
    }
    ::_exit(code);
}
