#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/call_link.h"
#include "host/plugin_spec.h"
#include "model/outcome.h"

namespace stepd::host {

/// What is known about a call whose worker died of it.
struct CrashFacts {
    const Death& death;
    const PluginSpec& spec;
    std::string buildId;
    std::string input;             ///< of the call
    std::vector<std::string> log;  ///< its last lines and those of the worker, scrubbed and quoted
};

/// The end of a call that made its worker crash: class crash or, if the worker had used up its memory, oom. The message
/// is one sentence with the signal and the place; the details are JSON for people and tools:
///
///     {"signal": "SIGSEGV", "address": "0x0", "reason": "stack overflow", "stack": ["Fetch::run(...)+0x1c
///      (fetch.cpp:23)", ...], "module": "fetch.so", "build_id": "...", "log": [...], "fingerprint": {"id": "...",
///      "signal": ..., "build_id": ..., "at": [...], "input": "..."}}
///
/// What is not known is left out. The same input that crashes the same build in the same place has the same
/// `fingerprint.id`, wherever the loader put things. May hold secrets of the plugin: the caller scrubs them.
StepResult crashResult(const CrashFacts& facts);

/// `` in parse(Page&)+0x1c (x.cpp:3)``, to stand behind the sentence of a death; empty if the place is not known.
std::string placeText(const Death& death);

/// The end of a call that could get no more memory, and lived to say so. `residentBytes` may be 0: not known.
StepResult memoryLimitResult(const PluginSpec& spec, std::uint64_t residentBytes);

}  // namespace stepd::host
