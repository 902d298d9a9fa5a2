#pragma once

#include <stepd/abi.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "worker/exec_exchange.h"
#include "worker/exec_frames.h"
#include "worker/exec_messages.h"
#include "worker/exec_process.h"

namespace stepd::worker {

/// A program in the shape of a plugin library: a table of the ABI whose entries turn a call into frames and wait for
/// the answer, so that nobody else need know what runs behind it. There is one in a process, and it is never destroyed.
///
/// Whoever executes a call waits for its frames; one thread reads them all. When the program ends or breaks the
/// protocol, `over` is called with the reason on that thread and must end the process, and so the program; the running
/// calls never return.
class ExecPlugin {
public:
    /// Waits for the program's hello. The failure is one sentence about one that cannot be used; a program that ends
    /// before its hello is over.
    static Result<const stepd_plugin_v1*, std::string> start(std::unique_ptr<ExecProcess> process,
                                                             std::function<void(const std::string&)> over);

    std::int32_t call(ProgramCall call, const stepd_ctx_v1* ctx) EXCLUDES(mutex_);
    const std::string& typeOf(std::size_t step) const { return hello_.steps[step].type; }

private:
    ExecPlugin(std::unique_ptr<ExecProcess> process, std::function<void(const std::string&)> over)
        : process_(std::move(process)), over_(std::move(over)) {}

    std::string readOn();
    void listen();
    std::string take(std::string_view frame) EXCLUDES(mutex_);
    std::shared_ptr<ExecExchange> find(std::uint64_t call, bool last) EXCLUDES(mutex_);
    void answer(const ProgramFetch& fetch, std::uint64_t call, const stepd_ctx_v1* ctx);
    void answer(const ProgramSecret& secret, std::uint64_t call, const stepd_ctx_v1* ctx);
    const stepd_plugin_v1* table();

    const std::unique_ptr<ExecProcess> process_;
    const std::function<void(const std::string&)> over_;
    ExecFrames frames_;
    ProgramHello hello_;
    // What the table points to:
    std::vector<stepd_step_v1> steps_;
    std::vector<const stepd_step_v1*> stepPointers_;
    stepd_plugin_v1 table_{};

    Mutex mutex_;
    std::uint64_t lastCall_ GUARDED_BY(mutex_) = 0;
    std::unordered_map<std::uint64_t, std::shared_ptr<ExecExchange>> exchanges_ GUARDED_BY(mutex_);
};

}  // namespace stepd::worker
