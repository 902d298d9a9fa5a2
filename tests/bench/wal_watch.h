#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"
#include "base/time.h"

namespace stepd::bench {

/// Looks every millisecond whether a database's write-ahead log has started over: the first commit behind a checkpoint
/// that moved all of the log writes a new header. Checkpoints that readers or later commits cut short are not seen.
class WalWatch {
public:
    /// Begins. Throws Error if there is no log.
    explicit WalWatch(const std::string& database);
    /// Ends the looking.
    void end() { thread_ = {}; }

    /// When it was noticed, in order; after `end`. Two within a millisecond are noticed as one.
    const std::vector<Instant>& restarts() const { return restarts_; }
    /// Whether one was noticed from the first moment to the second; after `end`.
    bool restartedIn(Instant from, Instant until) const;

private:
    std::uint32_t sequence() const;

    const FileDescriptor log_;
    std::vector<Instant> restarts_;
    std::jthread thread_;  // last: it uses the others
};

}  // namespace stepd::bench
