#pragma once

#include <time.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "host/messages.h"
#include "host/runtime/plugin_library.h"
#include "worker/outbox.h"

namespace stepd::worker {

// The plugin's code, in two steps. Two programs differ in these alone: for `stepd-worker` it is a shared library
// (code_library.cpp), for `stepd-exec-worker` a program (exec_code.cpp), which brings JSON along that no other worker
// should pay for.

/// Whether the code runs in a process of its own, which dies with this one.
extern const bool kHasChild;
/// The clock of its processor time, where that is not this process's own; once it is loaded.
std::optional<clockid_t> codeClock();
/// What must be done before the process enters its sandbox, and runs no code of the plugin outside of one. Throws
/// Error{System}.
void prepareCode(const host::LoadMessage& load);
/// The code, ready to be called; or a sentence on why it is not.
Result<host::PluginLibrary, std::string> loadCode(const std::shared_ptr<Outbox>& outbox);

}  // namespace stepd::worker
