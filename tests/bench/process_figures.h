#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace stepd::bench {

/// What the kernel tells about a process, from /proc. Zero for one that has ended.
struct ProcessFigures {
    std::int64_t rss = 0;      ///< bytes
    std::int64_t peakRss = 0;  ///< bytes
    std::int64_t pss = 0;      ///< bytes; pages that are shared count by their share
    std::int64_t written = 0;  ///< bytes handed to write calls
};
ProcessFigures figuresOf(pid_t pid);

/// User and system time of all threads of a process, those that ended as well; to the nanosecond.
double cpuSecondsOf(pid_t pid);
double ownCpuSeconds();

std::vector<pid_t> childrenOf(pid_t pid);

}  // namespace stepd::bench
