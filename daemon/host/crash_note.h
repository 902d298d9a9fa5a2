#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::host {

/// What a worker writes about its own death while it dies, in memory that it shares with the host: plain numbers, for
/// the writer is a signal handler. What is written first is most certain: a handler that is hit by a second signal
/// leaves what it had.
struct CrashNote {
    static constexpr std::size_t kFrames = 64;
    static constexpr std::size_t kModules = 16;
    static constexpr std::size_t kNameBytes = 56;
    enum State : std::uint32_t { Nothing = 0, Begun = 1, Complete = 2 };
    enum Flags : std::uint32_t {
        StackOverflow = 1,
        MemoryExhausted = 2,  ///< not even a mebibyte was to be had then
    };
    static constexpr std::uint32_t kNoModule = 0xffffffff;

    struct Frame {
        std::uint32_t module;  ///< index, or kNoModule: the offset is an address then
        std::uint32_t reserved;
        std::uint64_t offset;  ///< as the file counts addresses; of a caller, inside its call
    };
    struct Module {
        std::uint32_t plugin;  ///< 1: the plugin itself
        std::uint32_t reserved;
        char name[kNameBytes];  ///< last part of the path, cut; ends with a zero if it is shorter
    };

    std::atomic<std::uint32_t> state;
    std::int32_t signal;
    std::int32_t code;  ///< si_code
    std::uint32_t flags;
    std::uint64_t address;        ///< that could not be used, for SIGSEGV and its like
    std::uint64_t token;          ///< of the call that the thread executed; 0: none
    std::uint64_t dataBytes;      ///< private memory that it has asked for; 0: not known
    std::uint64_t residentBytes;  ///< most that it ever had resident; 0: not known
    std::uint32_t frameCount;
    std::uint32_t moduleCount;
    std::array<Frame, kFrames> frames;  ///< innermost first
    std::array<Module, kModules> modules;
};

struct CrashFrame {
    std::string module;  ///< file name; empty if the address is in none
    bool plugin = false;
    std::uint64_t offset = 0;  ///< in the module, or an address
    std::string function;      ///< `Fetch::run(stepd::Context&)+0x1c`; empty: not known
    std::string source;        ///< `fetch.cpp:23`; empty: not known
    /// `Fetch::run(stepd::Context&)+0x1c (fetch.cpp:23)`, or `libc.so.6+0x8aecc`
    std::string text() const;
};

/// A CrashNote that was read: bounded, and no more believed than the worker is.
struct CrashTrace {
    std::int32_t signal = 0;
    std::int32_t code = 0;
    bool stackOverflow = false;
    bool memoryExhausted = false;
    std::uint64_t address = 0;
    std::uint64_t token = 0;
    std::uint64_t dataBytes = 0;
    std::uint64_t residentBytes = 0;
    std::vector<CrashFrame> frames;

    /// The innermost frame of the plugin; null if none was found.
    const CrashFrame* blamed() const;
};

/// Absent if nothing was noted, or less than a note.
std::optional<CrashTrace> readCrashNote(std::string_view bytes);

}  // namespace stepd::host
