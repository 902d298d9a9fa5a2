#pragma once

#include <span>
#include <string>

#include "host/refusal.h"
#include "host/sandbox.h"

namespace stepd::worker {

/// What of the worker's own the plugin needs beside what it is granted.
struct SandboxNeeds {
    std::span<const int> readable = {};    ///< descriptors of files that may be opened again: the library
    std::span<const int> executable = {};  ///< of files that may be run, too
    /// A child with a sandbox of its own dies with this process (PR_SET_PDEATHSIG); without code of a plugin in it.
    bool child = false;
    bool program = false;  ///< the plugin is a program: this process may execve, though start no others
    host::RefusalRing* refusals = nullptr;  ///< where refused calls are noted; lives for ever
};

/// Takes from this process, and all that it will start, what the order does not grant: capabilities, then Landlock on
/// files (system libraries, time zones, certificates, a few devices and /proc/self may be read), then seccomp on system
/// calls. After confine(), before any code of the plugin, while there is one thread. What is missing is in the report
/// with SandboxMode::Available; with Required it throws Error{System}: which layer, why, which setting changes that.
host::SandboxReport enterSandbox(const host::SandboxOrder& order, const SandboxNeeds& needs);

}  // namespace stepd::worker
