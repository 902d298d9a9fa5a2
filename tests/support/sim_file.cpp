#include "support/sim_file.h"

#include <algorithm>

namespace stepd::test {

void UnsyncedWrite::applyTo(std::string& content) const {
    if (truncates) return content.resize(static_cast<std::size_t>(at));
    const auto from = static_cast<std::size_t>(at);
    content.resize(std::max(content.size(), from + bytes.size()));
    content.replace(from, bytes.size(), bytes);
}

void SimFile::sync() {
    for (const UnsyncedWrite& write : unsynced) write.applyTo(synced);
    unsynced.clear();
}

int SimFile::lock(Lock& mine, int level) {
    if (level <= mine.level) return SQLITE_OK;
    int highest = SQLITE_LOCK_NONE;
    for (const Lock* one : locks)
        if (one != &mine) highest = std::max(highest, one->level);
    if (level == SQLITE_LOCK_SHARED) {
        if (highest >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    } else if (highest >= SQLITE_LOCK_RESERVED) {
        return SQLITE_BUSY;
    } else if (level == SQLITE_LOCK_EXCLUSIVE && highest != SQLITE_LOCK_NONE) {
        mine.level = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
    }
    mine.level = level;
    return SQLITE_OK;
}

int SimFile::lockShared(Sharer& mine, int offset, int count, int flags) {
    const auto mask = static_cast<std::uint16_t>(((1U << count) - 1) << offset);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        mine.shared = static_cast<std::uint16_t>(mine.shared & ~mask);
        mine.exclusive = static_cast<std::uint16_t>(mine.exclusive & ~mask);
        return SQLITE_OK;
    }
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (const Sharer* one : sharers) {
        if (one == &mine) continue;
        if ((one->exclusive & mask) != 0 || (exclusive && (one->shared & mask) != 0)) return SQLITE_BUSY;
    }
    auto& held = exclusive ? mine.exclusive : mine.shared;
    held = static_cast<std::uint16_t>(held | mask);
    return SQLITE_OK;
}

void SimFile::unmap(Sharer& mine) {
    std::erase(sharers, &mine);
    mine = {};
    if (sharers.empty()) regions.clear();
}

}  // namespace stepd::test
