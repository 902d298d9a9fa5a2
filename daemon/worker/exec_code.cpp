#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include "base/text.h"
#include "host/worker_layout.h"
#include "worker/code.h"
#include "worker/exec_plugin.h"
#include "worker/sandbox.h"

namespace stepd::worker {
namespace {

constexpr int kProgramEnded = 73;  // our exit code

std::unique_ptr<ExecProcess> program;
std::optional<clockid_t> programClock;

/// The program's own sandbox, in its process: as ours, but it may become the program and open what its words name.
void confineProgram(const host::LoadMessage& load) {
    std::vector<FileDescriptor> files;
    std::vector<int> executable, readable;
    for (const auto& word : load.program) {
        if (!word.starts_with('/')) continue;
        FileDescriptor file(::open(word.c_str(), O_PATH | O_CLOEXEC));
        if (!file.valid()) continue;  // execve says so, or it is no file of ours
        (files.empty() ? executable : readable).push_back(file.get());
        files.push_back(std::move(file));
    }
    enterSandbox(load.sandbox, {.readable = readable, .executable = executable, .program = true});
}

}  // namespace

const bool kHasChild = true;

std::optional<clockid_t> codeClock() {
    return programClock;
}

void prepareCode(const host::LoadMessage& load) {
    program = std::make_unique<ExecProcess>(load.program, [&] { confineProgram(load); });
    if (clockid_t clock{}; ::clock_getcpuclockid(program->pid(), &clock) == 0) programClock = clock;
}

Result<host::PluginLibrary, std::string> loadCode(const std::shared_ptr<Outbox>& outbox) {
    ::close(host::kWorkerLibraryFd);  // it was checked; the program opens it by its name
    const auto over = [outbox](const std::string& how) {
        outbox->send(host::FrameType::LastWords, 0, host::LastWordsMessage{quotedForLog("its program " + how)});
        ::_exit(kProgramEnded);
    };
    const auto table = ExecPlugin::start(std::move(program), over);
    if (!table) return Result<host::PluginLibrary, std::string>::failure(table.error());
    return host::adoptPlugin(*table);
}

}  // namespace stepd::worker
