#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "store/store.h"

namespace stepd::rehearsal {

/// How to take back what the batch at work has done.
class UndoLog {
public:
    void note(std::function<void()> undo) { undo_.push_back(std::move(undo)); }
    void forget() { undo_.clear(); }
    void undoAll() {
        for (; !undo_.empty(); undo_.pop_back()) undo_.back()();
    }

private:
    std::vector<std::function<void()>> undo_;
};

/// Some rows of a table, for a loop. (clang 14 cannot compile libstdc++'s std::ranges::subrange.)
template <typename Iterator>
struct SimRange {
    Iterator first;
    Iterator last;
    Iterator begin() const { return first; }
    Iterator end() const { return last; }
    bool empty() const { return first == last; }
};

/// Rows in the order of their keys; every change goes into the log.
template <typename Key, typename Row>
class SimTable {
public:
    using Iterator = typename std::map<Key, Row>::const_iterator;

    explicit SimTable(UndoLog& log) : log_(log) {}
    SimTable(const SimTable&) = delete;
    SimTable& operator=(const SimTable&) = delete;

    const std::map<Key, Row>& rows() const { return rows_; }
    bool contains(const Key& key) const { return rows_.contains(key); }
    /// Null if there is none.
    const Row* find(const Key& key) const {
        const auto found = rows_.find(key);
        return found == rows_.end() ? nullptr : &found->second;
    }
    /// The rows of the keys from `first` to `last`, both included.
    auto between(const Key& first, const Key& last) const {
        return SimRange<Iterator>{rows_.lower_bound(first), rows_.upper_bound(last)};
    }
    /// Zero if there is no row.
    Key lastKey() const { return rows_.empty() ? Key{} : rows_.rbegin()->first; }

    /// False if there is one already; then nothing happens.
    bool insert(const Key& key, Row row) {
        if (!rows_.emplace(key, std::move(row)).second) return false;
        log_.note([this, key] { rows_.erase(key); });
        return true;
    }
    void put(const Key& key, Row row) {
        const auto found = rows_.find(key);
        if (found == rows_.end()) {
            insert(key, std::move(row));
            return;
        }
        log_.note([this, key, before = found->second] { rows_[key] = before; });
        found->second = std::move(row);
    }
    /// False if there is none.
    bool erase(const Key& key) {
        const auto found = rows_.find(key);
        if (found == rows_.end()) return false;
        log_.note([this, key, before = found->second] { rows_[key] = before; });
        rows_.erase(found);
        return true;
    }

private:
    UndoLog& log_;
    std::map<Key, Row> rows_;
};

/// What a SimStore has on its disk.
struct SimTables {
    struct Holder {
        std::int64_t id = 0;
        Timestamp expiresAt{};
    };
    struct Cached {
        std::string output;
        Timestamp expiresAt{};
    };
    struct Nothing {};
    using StepKey = std::pair<RunId, std::int32_t>;
    using AttemptKey = std::tuple<RunId, std::int32_t, std::int32_t>;
    using WaitKey = std::tuple<RunId, std::int32_t, std::string>;
    using SlotKey = std::tuple<std::string, RunId, std::int32_t>;
    using ScopedKey = std::pair<std::string, std::string>;

    UndoLog undo;
    SimTable<EventId, Event> events{undo};
    SimTable<RunId, Run> runs{undo};
    SimTable<std::pair<RunId, EventId>, Nothing> collected{undo};  ///< the events of a batch but the first
    SimTable<StepKey, StepRecord> steps{undo};
    SimTable<AttemptKey, AttemptRecord> attempts{undo};  ///< those that ended otherwise than well
    SimTable<WaitKey, store::Wait> waits{undo};
    SimTable<SlotKey, Nothing> slots{undo};
    SimTable<std::string, Timestamp> moments{undo};
    SimTable<ScopedKey, Holder> once{undo};
    SimTable<ScopedKey, Cached> cache{undo};
    SimTable<EventId, RunId> deliveries{undo};  ///< and the run after which it goes on
    SimTable<std::string, Nothing> pauses{undo};
    SimTable<RevisionId, store::Revision> revisions{undo};
    SimTable<PluginSetId, std::string> pluginSets{undo};
    // The largest keys that were deleted: none is given out twice.
    RunId lastRun;
    EventId lastEvent;

    // What belongs to a run, by key.
    auto stepsOf(RunId run) const { return steps.between({run, kFirst}, {run, kLast}); }
    auto attemptsOf(RunId run) const { return attempts.between({run, kFirst, kFirst}, {run, kLast, kLast}); }
    auto waitsOf(RunId run) const { return waits.between({run, kFirst, ""}, {run, kLast, ""}); }
    auto collectedBy(RunId run) const {
        return collected.between({run, {}}, {run, {std::numeric_limits<std::int64_t>::max()}});
    }
    /// Null if the key is free at `now`.
    const Holder* holderOf(const ScopedKey& key, Timestamp now) const {
        const Holder* holder = once.find(key);
        return holder == nullptr || holder->expiresAt <= now ? nullptr : holder;
    }

private:
    static constexpr std::int32_t kFirst = std::numeric_limits<std::int32_t>::min();
    static constexpr std::int32_t kLast = std::numeric_limits<std::int32_t>::max();
};

}  // namespace stepd::rehearsal
