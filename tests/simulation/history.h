#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/event.h"
#include "pipeline/pipeline.h"

namespace stepd::test {

/// `event.data.key` of the simulated events, as text.
std::string keyOf(const Event& event);
/// How many `event.data.items` there are.
std::size_t itemsIn(const Event& event);

/// Knows every event in the order of the batches, and so who should have heard one, and which ticks there were.
class History {
public:
    void nextBatch() { ++batch_; }
    /// False: it is a tick of `pipeline` that has been there already.
    bool admitted(const Event& event, const std::string& pipeline);
    /// An event that was on disk before this batch, came before `until` and is what a wait for `match` in a run with
    /// that key waits for; only those behind `after` count.
    const Event* missed(const pipeline::EventMatch& match, const std::string& key, EventId after,
                        Timestamp until) const;

private:
    struct Heard {
        Event event;
        std::uint64_t batch = 0;
    };
    std::uint64_t batch_ = 0;
    std::vector<Heard> signals_;  // `signal.*`
    std::map<std::string, int> ticks_;
};

}  // namespace stepd::test
