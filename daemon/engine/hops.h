#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "model/event.h"

namespace stepd::engine {

// A run sends an event that starts a run that sends an event ...: a loop that nobody wanted fills the disk in minutes.
// An event that a run sends or invokes with carries the request id of the event that its run is for, and behind it how
// many runs were in between: `01JD...~3`. No request id from outside has a `~`.

/// So many runs may bring about each other, each within `kHopTime` of its event. One that takes longer (it sleeps for a
/// day, and then sends the event that starts it) begins anew: it fills no disk.
constexpr int kMostHops = 1000;
constexpr Duration kHopTime = 1min;

/// The request id of what a run for `cause` sends at `now`; empty: there were too many runs in between.
std::string nextHop(const Event& cause, Timestamp now);

}  // namespace stepd::engine
