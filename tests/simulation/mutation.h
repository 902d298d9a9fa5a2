#pragma once

#include <functional>
#include <string>

#include "store/store.h"

namespace stepd::test {

/// What is wrong with a world on purpose: the engine's batches lack something, as if it had forgotten it, or the disk
/// lies to it. The invariants have to find each.
enum class Mutation {
    None,
    SlotKept,           ///< a run that ends does not give its slots back
    ActsTooEarly,       ///< the effects of a commit come before it is on disk
    AttemptUnrecorded,  ///< a call goes out whose attempt is not recorded
    KeyForgotten,       ///< an event's id is not remembered
    WakeForgotten,      ///< the end of an invoked run does not wake its parent in the store
    EarLost,            ///< a parked run loses what it waits for
    RateForgotten,      ///< what was used up of a rate is not remembered over a restart
};

/// Makes of a batch what is written under the mutation.
void mutate(Mutation mutation, store::Batch& batch);

}  // namespace stepd::test
