#pragma once

#include <vector>

#include "support/fault_vfs.h"

namespace stepd::test {

/// Plays the StoryOfRuns again and again; each time the next call of the class goes wrong, until all have: in one of
/// the ways that are given, in turn, and each of them once and from then on, in turn. `STEPD_FAULTS=all` plays each
/// call in all ways, `STEPD_FAULTS=N` the n-th call alone. Fails the test with the call unless
/// - what was accepted is there, each result once, and all comes to the end that it has without a fault;
/// - a disk without space is waited for, and a broken one ends the process, which writes and syncs no more.
void sweep(DiskCall call, const std::vector<DiskFault>& faults);

}  // namespace stepd::test
