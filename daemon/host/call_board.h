#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/file_descriptor.h"
#include "host/crash_note.h"
#include "host/refusal.h"

namespace stepd::host {

inline constexpr std::size_t kBoardEntries = 256;

/// Memory that a worker shares with the host: the token of the call that each of its threads executes, 0 for none, what
/// its sandbox has refused, and what it notes when it crashes. It costs no system call, and it is still there when the
/// worker is not: the host learns which call made it crash, and which ones only stood behind. The worker may write what
/// it likes: it speaks of its own calls alone.
struct Board {
    std::array<std::atomic<std::uint64_t>, kBoardEntries> running;
    RefusalRing refusals;
    CrashNote crash;
};

/// The host's end, sealed in size. Throws Error{System}.
FileDescriptor makeBoard();
/// The entries that are not zero.
std::vector<std::uint64_t> readBoard(const FileDescriptor& board);
/// What it noted of its crash, if it did.
std::optional<CrashTrace> readCrash(const FileDescriptor& board);
/// The worker's end, mapped for ever. Throws Error{System}.
Board* mapBoard(const FileDescriptor& board);

/// Looks for new refusals at the price of one load where there are none. One thread at a time.
class RefusalReader {
public:
    /// Throws Error{System}.
    explicit RefusalReader(const FileDescriptor& board);
    RefusalReader(const RefusalReader&) = delete;
    RefusalReader& operator=(const RefusalReader&) = delete;
    ~RefusalReader();

    /// Those since the last call, the oldest first; of many at once only the last RefusalRing::kEntries.
    std::vector<Refusal> takeNew();

private:
    const Board* board_;
    std::uint64_t seen_ = 0;
};

}  // namespace stepd::host
