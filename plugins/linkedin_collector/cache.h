#pragma once

#include <algorithm>
#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "kit/timestamp.h"

namespace stepd::linkedin {

/// The data of profiles that were fetched not long ago, in memory. Thread-safe.
class Cache {
public:
    struct Entry {
        std::string key;
        std::string provider;
        std::string root;  ///< JSON text of the provider's data
        kit::WallTime expires;
    };

    explicit Cache(std::size_t most) : most_(most) {}

    std::optional<Entry> find(const std::string& key, kit::WallTime now) {
        const std::lock_guard lock(mutex_);
        entries_.remove_if([&](const Entry& entry) { return entry.expires <= now; });
        const auto found = at(key);
        return found == entries_.end() ? std::nullopt : std::optional(*found);
    }

    /// The oldest entry makes room for a new one.
    void put(Entry entry) {
        const std::lock_guard lock(mutex_);
        if (const auto found = at(entry.key); found != entries_.end()) entries_.erase(found);
        entries_.push_back(std::move(entry));
        if (entries_.size() > most_) entries_.pop_front();
    }

private:
    std::list<Entry>::iterator at(const std::string& key) {
        return std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
    }

    const std::size_t most_;
    std::mutex mutex_;
    std::list<Entry> entries_;  // oldest first
};

}  // namespace stepd::linkedin
