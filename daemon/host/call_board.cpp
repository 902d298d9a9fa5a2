#include "host/call_board.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

#include "base/error.h"

namespace stepd::host {
namespace {

constexpr std::size_t kBytes = sizeof(Board);

Board* mapPage(const FileDescriptor& board, int protection) {
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);
    void* page = ::mmap(nullptr, kBytes, protection, MAP_SHARED, board.get(), 0);
    if (page == MAP_FAILED) throwErrno(errno, "cannot map the board");
    return static_cast<Board*>(page);
}

}  // namespace

FileDescriptor makeBoard() {
    FileDescriptor board(::memfd_create("stepd-board", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!board.valid() || ::ftruncate(board.get(), kBytes) != 0 ||
        ::fcntl(board.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        throwErrno(errno, "cannot make a memfd");
    return board;
}

std::vector<std::uint64_t> readBoard(const FileDescriptor& board) {
    std::array<std::uint64_t, kBoardEntries> entries{};
    std::vector<std::uint64_t> running;
    // By reading, not by mapping: whatever the other side does to its page, ours is a copy.
    if (::pread(board.get(), entries.data(), sizeof entries, 0) != static_cast<ssize_t>(sizeof entries)) return running;
    for (const auto token : entries)
        if (token != 0) running.push_back(token);
    return running;
}

Board* mapBoard(const FileDescriptor& board) {
    return mapPage(board, PROT_READ | PROT_WRITE);
}

RefusalReader::RefusalReader(const FileDescriptor& board) : board_(mapPage(board, PROT_READ)) {}

RefusalReader::~RefusalReader() {
    ::munmap(const_cast<Board*>(board_), kBytes);
}

std::vector<Refusal> RefusalReader::takeNew() {
    const std::uint64_t count = board_->refusals.count();
    const std::uint64_t from = std::exchange(seen_, count);
    std::vector<Refusal> fresh;
    if (count == from) return fresh;
    const std::uint64_t most = RefusalRing::kEntries;
    for (std::uint64_t index = count - from > most ? count - most : from; index != count; ++index)
        if (Refusal refusal; board_->refusals.read(index, refusal)) fresh.push_back(refusal);
    return fresh;
}

std::optional<CrashTrace> readCrash(const FileDescriptor& board) {
    std::string bytes(sizeof(CrashNote), '\0');
    const auto n = ::pread(board.get(), bytes.data(), bytes.size(), offsetof(Board, crash));
    return n == static_cast<ssize_t>(bytes.size()) ? readCrashNote(bytes) : std::nullopt;
}

}  // namespace stepd::host
