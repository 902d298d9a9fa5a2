#pragma once

#include <cstdint>

namespace stepd::test {

inline constexpr std::uint64_t kLives = 10'000;

/// Plays every second of the lives with the seeds from `first` on, and fails with the seed of the first that breaks an
/// invariant. All of them together have to show everything that the language has. `STEPD_SEED=N` plays N alone,
/// `STEPD_SEEDS=N` the seeds up to N instead of kLives.
void playEverySecond(std::uint64_t first);

}  // namespace stepd::test
