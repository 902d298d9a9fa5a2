#include "model/ids.h"

#include "base/ulid.h"

namespace stepd {
namespace {

// The upper 16 bits of the entropy tell the kind; any two numbers would do.
constexpr std::uint16_t kEventKind = 0x0E00;
constexpr std::uint16_t kRunKind = 0x0A00;

std::string text(std::uint16_t kind, std::int64_t key, Timestamp created) {
    return Ulid{static_cast<std::uint64_t>(toMillis(created)), kind, static_cast<std::uint64_t>(key)}.text();
}

template <typename Key>
std::optional<PublicRef<Key>> parse(std::uint16_t kind, std::string_view text) {
    const auto ulid = Ulid::parse(text);
    if (!ulid || ulid->entropyHigh != kind) return std::nullopt;
    return PublicRef<Key>{Key{static_cast<std::int64_t>(ulid->entropyLow)}, static_cast<std::int64_t>(ulid->millis)};
}

}  // namespace

std::string publicId(EventId id, Timestamp created) {
    return text(kEventKind, id.value, created);
}
std::string publicId(RunId id, Timestamp created) {
    return text(kRunKind, id.value, created);
}
std::optional<PublicRef<EventId>> parseEventId(std::string_view text) {
    return parse<EventId>(kEventKind, text);
}
std::optional<PublicRef<RunId>> parseRunId(std::string_view text) {
    return parse<RunId>(kRunKind, text);
}

}  // namespace stepd
