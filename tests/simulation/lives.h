#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace stepd::test {

inline constexpr std::uint64_t kLives = 10'000;

/// Plays every second of the lives with the seeds from `first` on, and fails with the seed of the first that breaks an
/// invariant. `STEPD_SEED=N` plays N alone, `STEPD_SEEDS=N` the seeds up to N instead of kLives. Returns what was seen
/// how often; empty unless all lives were played.
std::map<std::string, int> playEverySecond(std::uint64_t first);

}  // namespace stepd::test
