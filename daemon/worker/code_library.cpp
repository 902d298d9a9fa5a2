#include <unistd.h>

#include "host/worker_layout.h"
#include "worker/code.h"

namespace stepd::worker {

const bool kHasChild = false;

std::optional<clockid_t> codeClock() {
    return std::nullopt;
}

void prepareCode(const host::LoadMessage&) {}

Result<host::PluginLibrary, std::string> loadCode(const std::shared_ptr<Outbox>&) {
    auto library = host::loadPlugin("/proc/self/fd/" + std::to_string(host::kWorkerLibraryFd));
    ::close(host::kWorkerLibraryFd);
    return library;
}

}  // namespace stepd::worker
