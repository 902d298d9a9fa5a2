#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace stepd::ctl {

/// What a process holds now, as proc(5) shows it to anybody: its descriptors can be counted by root alone, else the
/// size of their table, which doubles, stands for them.
struct ProcessUse {
    std::uint64_t residentBytes = 0;
    std::uint64_t descriptors = 0;
    std::uint64_t threads = 0;
};

/// Absent if it is gone.
std::optional<ProcessUse> useOf(pid_t pid);

/// The only child of this process that runs stepd-worker; absent if there is none, or several.
std::optional<pid_t> workerChild();

}  // namespace stepd::ctl
