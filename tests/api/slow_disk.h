#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

#include "rehearsal/sim_store.h"
#include "rehearsal/virtual_clock.h"

namespace stepd::test {

/// A SimStore that needs time: for each commit, and for each event in it. What it was given waits until `work` finds
/// that its time is over. May hang. One thread, in virtual time.
class SlowDisk final : public store::Store {
public:
    struct Speed {
        Duration commit{};
        Duration event{};
    };
    SlowDisk(rehearsal::SimStore& disk, const Clock& clock, Speed speed) : disk_(disk), clock_(clock), speed_(speed) {}

    void commit(store::Batch batch, std::function<void(store::Committed)> done) override {
        const auto events = std::count_if(batch.changes.begin(), batch.changes.end(), [](const store::Change& change) {
            return std::holds_alternative<store::Admission>(change);
        });
        enqueue(speed_.commit + speed_.event * events,
                [this, batch = std::move(batch), done = std::move(done)] { disk_.commit(batch, done); });
    }
    void load(store::LoadQuery query, std::function<void(store::LoadedRuns)> done) override {
        enqueue({}, [this, query = std::move(query), done = std::move(done)] { disk_.load(query, done); });
    }
    void lookup(store::Lookup lookup, std::function<void(store::Found)> done) override {
        enqueue({}, [this, lookup = std::move(lookup), done = std::move(done)] { disk_.lookup(lookup, done); });
    }
    void findEvents(store::EventQuery query, std::function<void(std::vector<Event>)> done) override {
        enqueue({}, [this, query = std::move(query), done = std::move(done)] { disk_.findEvents(query, done); });
    }
    void audit(std::size_t limit, std::function<void(store::Violations)> done) override {
        enqueue({}, [this, limit, done = std::move(done)] { disk_.audit(limit, done); });
    }
    void prune(store::Prune prune, std::function<void(store::Pruned)> done) override {
        enqueue({}, [this, prune = std::move(prune), done = std::move(done)] { disk_.prune(prune, done); });
    }
    void shrink(std::size_t pages, std::function<void(bool more)> done) override {
        enqueue({}, [this, pages, done = std::move(done)] { disk_.shrink(pages, done); });
    }
    RevisionId saveRevision(const store::Revision& revision) override { return disk_.saveRevision(revision); }
    std::optional<store::Revision> findRevision(RevisionId id) override { return disk_.findRevision(id); }
    store::Image image() override { return disk_.image(); }
    EventId lastEventId() override { return disk_.lastEventId(); }
    RunId lastRunId() override { return disk_.lastRunId(); }

    /// Carries out what is done by now.
    void work() {
        while (!hangs && !queue_.empty() && queue_.front().first <= clock_.instant()) {
            const auto next = std::move(queue_.front().second);
            queue_.pop_front();
            next();
            disk_.pump();
        }
    }
    bool hangs = false;

private:
    void enqueue(Duration takes, std::function<void()> call) {
        free_ = std::max(free_, clock_.instant()) + takes;
        queue_.emplace_back(free_, std::move(call));
    }

    rehearsal::SimStore& disk_;
    const Clock& clock_;
    const Speed speed_;
    Instant free_{};
    std::deque<std::pair<Instant, std::function<void()>>> queue_;
};

}  // namespace stepd::test
