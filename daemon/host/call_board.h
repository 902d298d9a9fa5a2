#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/file_descriptor.h"

namespace stepd::host {

/// A page that a worker shares with the host: the token of the call that each of its threads executes, 0 for none. It
/// costs no system call, and it is still there when the worker is not: the host learns which call made it crash, and
/// which ones only stood behind. The worker may write what it likes: it speaks of its own calls alone.
inline constexpr std::size_t kBoardEntries = 256;

/// The host's end, sealed in size. Throws Error{System}.
FileDescriptor makeBoard();
/// The entries that are not zero.
std::vector<std::uint64_t> readBoard(const FileDescriptor& board);
/// The worker's end: kBoardEntries entries, mapped for ever. Throws Error{System}.
std::atomic<std::uint64_t>* mapBoard(const FileDescriptor& board);

}  // namespace stepd::host
