#include <unistd.h>

#include "base/text.h"
#include "host/worker_layout.h"
#include "worker/code.h"
#include "worker/exec_plugin.h"

namespace stepd::worker {
namespace {
constexpr int kProgramEnded = 73;  // our exit code
}

Result<host::PluginLibrary, std::string> loadCode(const host::LoadMessage& load,
                                                  const std::shared_ptr<Outbox>& outbox) {
    ::close(host::kWorkerLibraryFd);  // it was checked; the interpreter opens it by its name
    const auto over = [outbox](const std::string& how) {
        outbox->send(host::FrameType::LastWords, 0, host::LastWordsMessage{quotedForLog("its program " + how)});
        ::_exit(kProgramEnded);
    };
    const auto table = ExecPlugin::start(load.program, over);
    if (!table) return Result<host::PluginLibrary, std::string>::failure(table.error());
    return host::adoptPlugin(*table);
}

}  // namespace stepd::worker
