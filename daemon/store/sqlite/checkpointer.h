#pragma once

#include <cstdint>

struct sqlite3;

namespace stepd::store {

/// Moves the write-ahead log into the database file, on the writer's connection alone (hardening R3, R5). Confined to
/// the writer's thread.
class Checkpointer {
public:
    static constexpr std::int64_t kPages = 4'000;          ///< then it is worth the write; 16 MiB (performance.md)
    static constexpr std::int64_t kTooManyPages = 16'384;  ///< 64 MiB: readers kept the log from starting over

    /// Watches the log from now on, until destroyed.
    explicit Checkpointer(sqlite3* db);
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;
    ~Checkpointer();

    /// To be called after each commit. Does nothing below the limits. Readers that stand in the way and a full disk
    /// only put it off. Throws Error: StoreIo, StoreCorrupt.
    void afterCommit();
    /// Empties the log, as far as readers allow. For a clean end. Throws Error.
    void atEnd();

private:
    void run(int mode);

    sqlite3* db_;
    std::int64_t pages_ = 0;  // in the log, as of the last commit
    std::int64_t next_ = kPages;
};

}  // namespace stepd::store
