#pragma once

#include <cstdint>

namespace stepd::store {

/// Stands beside the writer's transactions, numbered from 1, to count them, or so that a test can fail or end the
/// process at each. Called on the writer's thread.
class CommitObserver {
public:
    virtual ~CommitObserver() = default;
    /// All is written but not committed. May throw Error (StoreFull, StoreIo) as the disk would.
    virtual void beforeCommit(std::uint64_t number) = 0;
    /// It is on disk, and nobody has heard of it.
    virtual void afterCommit(std::uint64_t number) = 0;
};

}  // namespace stepd::store
