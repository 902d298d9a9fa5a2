#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace stepd::host {

/// A system call that the sandbox has refused to a plugin.
struct Refusal {
    std::uint64_t token = 0;  ///< of the call whose thread tried it; 0: a thread of the plugin's own, or while loading
    std::int64_t number = 0;  ///< of the system call, on this machine
    std::array<std::uint64_t, 3> arguments{};
};

/// The last refusals of a worker, in memory that it shares with the host (call_board.h). The worker's side may be
/// called in a signal handler and by many threads; the host's side believes nothing: whatever stands here harms the
/// worker's own calls alone.
class RefusalRing {
public:
    static constexpr std::size_t kEntries = 32;

    void add(const Refusal& refusal) noexcept {
        const auto index = count_.fetch_add(1, std::memory_order_relaxed);
        Entry& entry = entries_[index % kEntries];
        entry.sequence.store(0, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        entry.token.store(refusal.token, std::memory_order_relaxed);
        entry.number.store(refusal.number, std::memory_order_relaxed);
        for (std::size_t i = 0; i < refusal.arguments.size(); ++i)
            entry.arguments[i].store(refusal.arguments[i], std::memory_order_relaxed);
        entry.sequence.store(index + 1, std::memory_order_release);
    }
    /// How many there were so far.
    std::uint64_t count() const noexcept { return count_.load(std::memory_order_acquire); }
    /// False if it is not there, or not any more.
    bool read(std::uint64_t index, Refusal& out) const noexcept {
        const Entry& entry = entries_[index % kEntries];
        if (entry.sequence.load(std::memory_order_acquire) != index + 1) return false;
        out.token = entry.token.load(std::memory_order_relaxed);
        out.number = entry.number.load(std::memory_order_relaxed);
        for (std::size_t i = 0; i < out.arguments.size(); ++i)
            out.arguments[i] = entry.arguments[i].load(std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_acquire);
        return entry.sequence.load(std::memory_order_relaxed) == index + 1;
    }

private:
    struct Entry {
        std::atomic<std::uint64_t> sequence, token;
        std::atomic<std::int64_t> number;
        std::array<std::atomic<std::uint64_t>, 3> arguments;
    };
    std::atomic<std::uint64_t> count_;
    std::array<Entry, kEntries> entries_;
};

}  // namespace stepd::host
