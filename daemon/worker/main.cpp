// stepd-worker: loads one plugin and runs its steps for the host at the other end of the channel.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "host/worker_layout.h"
#include "worker/call_loop.h"
#include "worker/confinement.h"

namespace {

using namespace stepd;

enum ExitCode { kDone = 0, kConfinementFailed = 70, kProtocol = 71, kLoadFailed = 72 };

int serve() {
    worker::confine();
    std::setvbuf(stdout, nullptr, _IOLBF, 0);              // the process ends without flushing
    ::fcntl(host::kWorkerChannelFd, F_SETFD, FD_CLOEXEC);  // a program that the plugin starts has no business with it
    host::Channel channel{FileDescriptor(host::kWorkerChannelFd)};
    worker::Outbox outbox(channel);
    host::Frame frame;
    if (channel.receive(frame) != host::Received::Frame || frame.type != host::FrameType::Load) return kProtocol;
    const auto load = host::decode<host::LoadMessage>(frame.body);
    if (!load) return kProtocol;
    worker::limitResources(load->limits);
    auto library = worker::loadPlugin("/proc/self/fd/" + std::to_string(host::kWorkerLibraryFd));
    ::close(host::kWorkerLibraryFd);
    if (!library) {
        outbox.send(host::FrameType::LoadFailed, 0, host::LoadFailedMessage{quotedForLog(library.error())});
        return kLoadFailed;
    }
    outbox.send(host::FrameType::Hello, 0, library->description);
    worker::CallLoop loop(channel, outbox, *library, *load);
    // Here and not by returning: the threads of the loop still wait on what its destructor would destroy, and static
    // objects of the plugin are none of our business.
    ::_exit(loop.run() ? kDone : kProtocol);
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
