#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "engine/observer.h"
#include "host/invoker.h"

namespace stepd::engine {

/// The recorded attempt goes out. The call is apart, so that a list of effects is not made of its size.
struct Invoke {
    std::unique_ptr<host::StepCall> call;
};

/// A call that nobody waits for any more is stopped.
struct StopCall {
    host::CallId call;
    host::CancelReason reason = host::CancelReason::User;
};

/// Someone outside is told.
struct Reply {
    std::function<void()> say;
};

/// The run leaves memory, and those who waited for its end are told.
struct RunEnded {
    RunId run;
};

/// The run is parked on disk: it leaves memory unless something has touched it since.
struct LeaveMemory {
    RunId run;
};

/// What may only happen when the commit that it follows from is on disk (design rule 1).
using Effect = std::variant<Invoke, StopCall, Reply, RunEnded, LeaveMemory, RunNotice, StepNotice, AttemptNotice>;

}  // namespace stepd::engine
