#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "host/invoker.h"
#include "model/ids.h"

namespace stepd::engine {

/// A step that wants an attempt. Older runs come first.
struct ReadyStep {
    RunId run;
    std::size_t step = 0;
    friend auto operator<=>(const ReadyStep&, const ReadyStep&) = default;
};

/// One lane a plugin: how many of its slots are taken, and who waits for one. An attempt is recorded and sent only with
/// a slot in hand, so the queue of work is here, where it is ordered and can be shown, and not in the host. Limiters
/// will be further lanes. Engine thread only.
class Scheduler {
public:
    explicit Scheduler(const host::Invoker& invoker) : invoker_(invoker) {}

    /// The invoker is asked again for the number of its slots; once a round is enough.
    void refresh() { ++round_; }
    /// No slot is given out any more.
    void close() { closed_ = true; }
    /// True: a slot is taken for the caller. False if none is free, or if someone waits already.
    bool take(const std::string& plugin);
    void wait(const std::string& plugin, ReadyStep step);
    /// Nothing happens if it does not wait.
    void forget(const std::string& plugin, ReadyStep step);
    /// Gives a slot back.
    void release(const std::string& plugin);
    /// The oldest step that waits in a lane with a free slot; that slot is taken for it.
    std::optional<ReadyStep> next();
    /// True if someone waits in a lane where nothing runs: no call will end there, so the caller must look again later.
    bool stalled() const;
    std::size_t waiting() const;

private:
    struct Lane {
        std::size_t taken = 0;
        std::size_t slots = 0;  // as the invoker said in round `askedIn`
        std::uint64_t askedIn = 0;
        std::set<ReadyStep> ready;
    };
    bool hasRoom(const std::string& plugin, Lane& lane);

    const host::Invoker& invoker_;
    std::map<std::string, Lane, std::less<>> lanes_;
    std::uint64_t round_ = 1;
    bool closed_ = false;
};

}  // namespace stepd::engine
