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
/// protocol it is killed, `over` is called with the reason on that thread, and the running calls never return: `over`
/// ends the process.
class ExecPlugin {
public:
    /// Starts the program and waits for its hello. The failure is one sentence about a hello that cannot be used or a
    /// program that cannot be run; one that ends before its hello goes to `over`. Not after other threads were started.
    static Result<const stepd_plugin_v1*, std::string> start(const std::vector<std::string>& words,
                                                             std::function<void(const std::string&)> over);

    std::int32_t call(ProgramCall call, const stepd_ctx_v1* ctx) EXCLUDES(mutex_);
    const std::string& typeOf(std::size_t step) const { return hello_.steps[step].type; }

private:
    ExecPlugin(const std::vector<std::string>& words, std::function<void(const std::string&)> over)
        : process_(words), over_(std::move(over)) {}

    std::string readOn();
    void listen();
    std::string take(std::string_view frame) EXCLUDES(mutex_);
    std::shared_ptr<ExecExchange> find(std::uint64_t call, bool last) EXCLUDES(mutex_);
    void answer(const ProgramFetch& fetch, std::uint64_t call, const stepd_ctx_v1* ctx);
    void answer(const ProgramSecret& secret, std::uint64_t call, const stepd_ctx_v1* ctx);
    const stepd_plugin_v1* table();

    ExecProcess process_;
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
