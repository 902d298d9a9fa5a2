#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "host/messages.h"
#include "host/runtime/plugin_library.h"
#include "worker/outbox.h"

namespace stepd::worker {

/// The plugin's code, ready to be called; or a sentence on why it is not. Two programs differ in this alone: in
/// `stepd-worker` it is a shared library (code_library.cpp), in `stepd-exec-worker` a program (exec_code.cpp), which
/// brings JSON along that no other worker should pay for.
Result<host::PluginLibrary, std::string> loadCode(const host::LoadMessage& load, const std::shared_ptr<Outbox>& outbox);

}  // namespace stepd::worker
