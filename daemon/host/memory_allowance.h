#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace stepd::host {

/// Sanitizers reserve and keep far more than the program asks for: their builds have no limit on memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kLimitsMemory = false;
#else
inline constexpr bool kLimitsMemory = true;
#endif

/// What a worker with so many call threads may ask for beyond `limits.memory`, where RLIMIT_DATA guards it: that limit
/// counts the whole of every thread's stack, of which next to nothing is touched, and the worker itself. Both ends of
/// the channel work it out alike: they have inherited one RLIMIT_STACK.
inline std::uint64_t memoryAllowance(std::uint32_t threads) {
    constexpr std::uint64_t kOwn = 16U << 20;
    constexpr std::uint64_t kUsualStack = 8U << 20;
    rlimit stack{};
    const bool known = ::getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY;
    return kOwn + threads * (known ? std::uint64_t{stack.rlim_cur} : kUsualStack);
}

}  // namespace stepd::host
