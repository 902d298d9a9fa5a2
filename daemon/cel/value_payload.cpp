#include "cel/value_payload.h"

#include <algorithm>
#include <numeric>

namespace stepd::cel {
namespace {

constexpr std::size_t kContainerWeight = 16;
constexpr std::size_t kSortedFrom = 9;  // up to here a scan is as fast

int rank(const Value& key) {
    switch (key.kind()) {
        case Kind::Bool: return 0;
        case Kind::Int:
        case Kind::Uint: return 1;
        case Kind::Double: return *key.asDouble() == *key.asDouble() ? 1 : 2;  // NaN has no place among the numbers
        case Kind::String: return 3;
        default: return 4;
    }
}

bool before(const Value& left, const Value& right) {
    const int a = rank(left), b = rank(right);
    if (a != b) return a < b;
    const auto order = compare(left, right);
    return order && *order == std::partial_ordering::less;
}

bool before(const Value& left, std::string_view right) {
    return left.text() ? std::string_view(*left.text()) < right : rank(left) < rank(Value::string({}));
}

bool isKey(const Value& candidate, const Value& key) {
    return candidate == key;
}
bool isKey(const Value& candidate, std::string_view key) {
    return candidate.text() && *candidate.text() == key;
}

}  // namespace

ListPayload::ListPayload(std::vector<Value> list) : items(std::move(list)), weight(kContainerWeight) {
    for (const auto& item : items) weight += item.weight();
}

MapPayload::MapPayload(std::vector<MapEntry> list) : entries(std::move(list)), weight(kContainerWeight) {
    sort();
    dropRepeatedKeys();
    for (const auto& [key, value] : entries) weight += key.weight() + value.weight();
}

void MapPayload::sort() {
    sorted.clear();
    if (entries.size() < kSortedFrom) return;
    sorted.resize(entries.size());
    std::iota(sorted.begin(), sorted.end(), 0);
    std::stable_sort(sorted.begin(), sorted.end(), [this](std::uint32_t left, std::uint32_t right) {
        return before(entries[left].first, entries[right].first);
    });
}

void MapPayload::dropRepeatedKeys() {
    const auto isFirst = [this](const MapEntry& entry) {
        const auto* first = find(entry.first);
        return !first || first == &entry.second;
    };
    if (std::all_of(entries.begin(), entries.end(), isFirst)) return;
    std::vector<MapEntry> kept;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(kept), isFirst);
    entries = std::move(kept);
    sort();
}

template <typename Key>
const Value* MapPayload::lookUp(const Key& key) const {
    if (sorted.empty()) {
        for (const auto& [candidate, value] : entries)
            if (isKey(candidate, key)) return &value;
        return nullptr;
    }
    const auto at = std::lower_bound(
        sorted.begin(), sorted.end(), key,
        [this](std::uint32_t position, const Key& wanted) { return before(entries[position].first, wanted); });
    if (at == sorted.end() || !isKey(entries[*at].first, key)) return nullptr;
    return &entries[*at].second;
}

const Value* MapPayload::find(const Value& key) const {
    return lookUp(key);
}
const Value* MapPayload::find(std::string_view key) const {
    return lookUp(key);
}

}  // namespace stepd::cel
