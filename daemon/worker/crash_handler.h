#pragma once

#include "host/crash_note.h"

namespace stepd::worker {

/// From now on a SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGABRT of this process is noted in `note` before it ends the
/// process as ever: its exit status is that of the signal. `note` must live for ever; `plugin` is the path that the
/// plugin is loaded from. Call it once, before the plugin is loaded. What a plugin does to signals makes the note
/// poorer, or prevents it; a child that it forks writes none. Throws Error{System}.
///
/// The handlers allocate nothing and take no lock: frames come from libgcc's unwinder, which finds its tables by
/// _dl_find_object (glibc 2.35: safe in signal handlers), as do the modules here.
void noteCrashes(host::CrashNote& note, const char* plugin);

/// Gives the calling thread a stack for the handlers, so that they run when its own is full, and remembers where its
/// own ends. Costs a mapping of 64 KiB for ever; without it the note of this thread is only poorer.
void standByForOverflow() noexcept;

}  // namespace stepd::worker
