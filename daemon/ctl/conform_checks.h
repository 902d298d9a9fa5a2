#pragma once

#include <vector>

#include "ctl/conform_subject.h"

namespace stepd::ctl {

// What each step must stand, in the order in which it is asked. Each makes calls and gives one row.

/// The options that were given are taken. Without that nothing else makes sense.
ConformCheck checkOptions(Subject& subject);
/// Options made up from their schema, right and wrong: refused or taken, but never a crash.
ConformCheck checkWrongOptions(Subject& subject);

enum class InputKind { Valid, Boundary, Invalid, Hostile };
/// Inputs of that kind end as any class but bug and crash, and outputs fit their schema.
ConformCheck checkInputs(Subject& subject, InputKind kind);

/// A deadline that is over before the call begins.
ConformCheck checkDeadline(Subject& subject);
/// Calls that are cancelled while their requests hang, or at any other moment, end before their worker is killed.
ConformCheck checkCancel(Subject& subject);

/// Where the step lets several threads call it: calls at once give what they give alone.
ConformCheck checkThreads(Subject& subject);
/// Memory, descriptors and threads of the worker over many calls.
ConformCheck checkLeaks(Subject& subject);
/// Two attempts with one key ask for the same effects, or name the key in them.
ConformCheck checkIdempotency(Subject& subject);

/// All of them.
std::vector<ConformCheck> conform(Subject& subject);

}  // namespace stepd::ctl
