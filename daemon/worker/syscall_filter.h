#pragma once

namespace stepd::worker {

/// What the filter has to know of the rest of the sandbox.
struct FilterOptions {
    bool program = false;          ///< this process may become another program
    bool processes = false;        ///< and start processes that are
    bool truncateGuarded = false;  ///< Landlock looks after truncate()
    bool signalsGuarded = false;   ///< Landlock keeps signals within the worker and what it starts

    bool startsPrograms() const { return program || processes; }
};

/// Lets the process call what computing, threads and files need, and nothing else: an allow-list, so that what a newer
/// kernel brings is refused until someone has looked at it. A refused call fails with EPERM: it traps into
/// refusal_trap.h; where programs are started the kernel itself answers, as they have no such handler and would be
/// killed. Another processor's calls (i386, x32) kill the process. To be called by the only thread, with
/// no_new_privs set. Throws Error{System}.
void filterSystemCalls(const FilterOptions& options);

}  // namespace stepd::worker
