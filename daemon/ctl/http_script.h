#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "base/time.h"
#include "ctl/plugin_trial.h"

namespace stepd::ctl {

/// What a request gets, and when.
struct ScriptedReply {
    FetchResponse response;
    Duration delay{};
    bool never = false;  ///< hangs until its timeout or a cancel
};

/// Answers requests in place of the network, in a thread of its own, as late as the reply says.
class ScriptedWayOut final : public WayOut {
public:
    /// Called on the host's thread.
    using Answer = std::function<ScriptedReply(const FetchRequest&)>;
    explicit ScriptedWayOut(Answer answer);
    /// Answers what is left as cancelled.
    ~ScriptedWayOut() override;
    void fetch(host::FetchId id, FetchRequest request, host::HostServices::FetchDone done) override EXCLUDES(mutex_);
    void cancel(host::FetchId id) override EXCLUDES(mutex_);

private:
    struct Pending {
        Instant due;
        FetchResponse response;
        host::HostServices::FetchDone done;
    };
    void deliver();
    /// Waits for it; absent: the end.
    std::optional<Pending> nextDue() EXCLUDES(mutex_);

    const Answer answer_;
    Mutex mutex_;
    Condition changed_;
    std::map<host::FetchId, Pending> pending_ GUARDED_BY(mutex_);
    bool ending_ GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

/// A file of replies: a JSON array of `{"url", "method", "status", "headers", "body", "failure", "delay_ms"}`. `url`
/// may hold `*`; replies that fit the same request are given in turn, and the last one stays. What nothing fits fails
/// as `dns_not_found`, and the sentence says so. Throws Refused.
ScriptedWayOut::Answer readHttpScript(const std::string& file);

}  // namespace stepd::ctl
