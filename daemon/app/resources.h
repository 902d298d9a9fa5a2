#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace stepd::app {

// What the system says of our use of it. None of them throws; each answers from the kernel's memory.

/// Bytes of this process in memory (/proc/self/statm); 0 if the system does not say.
std::uint64_t residentBytes();

/// Bytes that we may still write to the file system of `path`; absent if it cannot be asked.
std::optional<std::uint64_t> freeBytes(const std::string& path);

/// The least `memory.max` of our control group and those above it, which is where systemd puts `MemoryMax`; absent: no
/// limit, or no control groups of version 2.
std::optional<std::uint64_t> memoryLimit();

}  // namespace stepd::app
