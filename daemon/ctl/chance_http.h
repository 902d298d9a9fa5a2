#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/mutex.h"
#include "ctl/http_script.h"

namespace stepd::ctl {

/// A network made up from a seed: pages, JSON, 404, 429 with Retry-After, 500, no answer, rubbish. One request gets one
/// reply, whenever and however often it is asked, so that calls can be compared. Thread-safe.
class ChanceHttp {
public:
    enum class Mood {
        Mixed,    ///< anything may come
        Kind,     ///< all is 200
        Hanging,  ///< nothing is answered until the request is given up
    };
    explicit ChanceHttp(std::uint64_t seed) : seed_(seed) {}

    /// From now on; what was asked before is forgotten. Another `round` is another network.
    void set(Mood mood, std::uint64_t round) EXCLUDES(mutex_);
    ScriptedReply answer(const FetchRequest& request) EXCLUDES(mutex_);
    std::vector<FetchRequest> asked() const EXCLUDES(mutex_);
    /// Waits until something was asked since `set`, but not longer.
    void awaitRequest(Duration longest) EXCLUDES(mutex_);

private:
    const std::uint64_t seed_;
    mutable Mutex mutex_;
    Condition changed_;
    Mood mood_ GUARDED_BY(mutex_) = Mood::Mixed;
    std::uint64_t round_ GUARDED_BY(mutex_) = 0;
    std::vector<FetchRequest> asked_ GUARDED_BY(mutex_);  ///< the first thousand
};

}  // namespace stepd::ctl
