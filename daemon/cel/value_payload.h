#pragma once

#include <cstdint>
#include <vector>

#include "cel/value.h"

namespace stepd::cel {

struct ListPayload {
    explicit ListPayload(std::vector<Value> list);

    std::vector<Value> items;
    std::size_t weight;
};

/// Entries in the order of insertion, keys unique. Beyond a handful a sorted index leads to them; sorted rather than
/// hashed, so that nobody can choose keys that collide.
struct MapPayload {
    explicit MapPayload(std::vector<MapEntry> list);
    const Value* find(const Value& key) const;
    const Value* find(std::string_view key) const;

    std::vector<MapEntry> entries;
    std::vector<std::uint32_t> sorted;  ///< positions of the entries in the order of their keys; empty if there are few
    std::size_t weight;

private:
    template <typename Key>
    const Value* lookUp(const Key& key) const;
    void sort();
    void dropRepeatedKeys();
};

}  // namespace stepd::cel
