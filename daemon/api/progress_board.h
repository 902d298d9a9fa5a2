#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "model/ids.h"

namespace stepd::api {

/// What running steps last said of their progress. Kept for runs that are running, forgotten when they end.
/// Thread-safe.
class ProgressBoard {
public:
    struct Progress {
        double fraction = -1;  ///< 0..1, negative if unknown
        std::string message;
    };
    void set(RunId run, const std::string& step, Progress progress) EXCLUDES(mutex_);
    void forget(RunId run) EXCLUDES(mutex_);
    std::optional<Progress> find(RunId run, const std::string& step) const EXCLUDES(mutex_);

private:
    mutable Mutex mutex_;
    std::map<std::pair<RunId, std::string>, Progress> board_ GUARDED_BY(mutex_);
};

}  // namespace stepd::api
