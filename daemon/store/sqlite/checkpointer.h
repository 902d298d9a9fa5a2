#pragma once

#include <cstdint>

struct sqlite3;

namespace stepd::store {

/// Moves the write-ahead log into the database file, on the writer's connection alone (hardening R3, R5). Confined to
/// the writer's thread.
class Checkpointer {
public:
    /// In pages of the log, 4 KiB each.
    struct Limits {
        std::int64_t worthwhile = 4'000;
        std::int64_t tooMany = 16'384;  ///< readers kept the log from starting over: now wait for them
    };

    /// Watches the log from now on, until destroyed.
    explicit Checkpointer(sqlite3* db, Limits limits);
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
    const Limits limits_;
    std::int64_t pages_ = 0;  // in the log, as of the last commit
    std::int64_t next_;
};

}  // namespace stepd::store
