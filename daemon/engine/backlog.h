#pragma once

#include <algorithm>
#include <optional>

#include "store/store.h"

namespace stepd::engine {

/// The unfinished runs that are in the store alone: all with a key above a cursor. Keys grow with age, so taking them
/// up page by page keeps their order; and as long as there are some, new runs line up behind them. After a start,
/// everything unfinished is backlog: recovery is nothing but taking it up. Engine thread only.
class Backlog {
public:
    static constexpr std::size_t kPage = 1000;

    /// `lastRun`: the largest key in the store; `queued`: how many runs there are unfinished and not parked.
    explicit Backlog(RunId lastRun, std::size_t queued = 0) : tail_(lastRun), count_(queued) {}

    bool empty() const { return newest() <= cursor_; }
    /// True if the run, should it be unfinished and not in memory, is yet to be taken up.
    bool covers(RunId run) const { return run > cursor_; }
    /// Runs that are here. One that ends in the store counts until its turn would have come.
    std::size_t count() const { return count_; }

    /// A run of the batch that is being filled stays in the store.
    void add(RunId run) {
        filling_ = run;
        ++count_;
    }
    /// A run that goes straight into memory. Only when nothing waits here.
    void passed(RunId run) { cursor_ = run; }
    /// The batch was handed to the store.
    void handedIn() { tail_ = newest(); }

    /// What to load next into `room` free places. Ask only while no commit is open: so the store sees what memory
    /// knows.
    std::optional<store::LoadBacklog> page(std::size_t room) {
        if (tail_ <= cursor_ || room == 0) return std::nullopt;
        asked_ = std::min(room, kPage);
        askedTail_ = tail_;
        return store::LoadBacklog{.after = cursor_, .limit = asked_};
    }
    void loaded(const std::vector<store::UnfinishedRun>& page) {
        count_ -= std::min(count_, page.size());
        if (!page.empty()) cursor_ = std::max(cursor_, page.back().run.id);
        if (page.size() < asked_) cursor_ = std::max(cursor_, askedTail_);
        if (empty()) count_ = 0;  // some ended here without being taken up
    }

private:
    RunId newest() const { return std::max(tail_, filling_); }

    RunId cursor_;
    RunId tail_;     // the newest that the store was given
    RunId filling_;  // the newest of all
    RunId askedTail_;
    std::size_t asked_ = 0;
    std::size_t count_;
};

}  // namespace stepd::engine
