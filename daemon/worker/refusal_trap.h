#pragma once

#include "host/refusal.h"

namespace stepd::worker {

/// Catches SIGSYS, by which the kernel hands over a system call that the filter refuses (SECCOMP_RET_TRAP): the call is
/// noted in `ring`, which must live for ever, and fails with EPERM in the plugin, which goes on. A number that no
/// kernel of this build's time knew fails with ENOSYS, as it would have there. Throws Error{System}.
void catchRefusals(host::RefusalRing& ring);

/// Notes one that is going to happen, for the call that this thread executes. False where refusals are not caught. Safe
/// in a signal handler.
bool noteRefusal(host::Refusal refusal) noexcept;

}  // namespace stepd::worker
