#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stepd {

/// A 64-bit key of the store. Zero means "none". Keys grow in the order in which the engine hands them out.
template <typename Tag>
struct Id {
    std::int64_t value = 0;
    explicit operator bool() const { return value != 0; }
    friend auto operator<=>(const Id&, const Id&) = default;
};

using EventId = Id<struct EventTag>;
using RunId = Id<struct RunTag>;
using RevisionId = Id<struct RevisionTag>;
using PluginSetId = Id<struct PluginSetTag>;

/// The id that people see: a ULID made of the time of creation and the key, so that it sorts by time and needs no index
/// of its own. The kind (event or run) is part of it: an event's id is never taken for a run's.
std::string publicId(EventId id, Timestamp created);
std::string publicId(RunId id, Timestamp created);

/// A public id taken apart. Whoever looks the row up compares `createdMillis` with the row's: it must be equal.
template <typename Key>
struct PublicRef {
    Key id;
    std::int64_t createdMillis = 0;
};

std::optional<PublicRef<EventId>> parseEventId(std::string_view text);
std::optional<PublicRef<RunId>> parseRunId(std::string_view text);

}  // namespace stepd

template <typename Tag>
struct std::hash<stepd::Id<Tag>> {
    std::size_t operator()(const stepd::Id<Tag>& id) const noexcept { return std::hash<std::int64_t>()(id.value); }
};
