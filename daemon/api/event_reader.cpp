#include "api/event_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ulid.h"
#include "json/json_text.h"

namespace stepd::api {
namespace {

using Events = Result<std::vector<engine::NewEvent>, std::string>;
using Fields = std::vector<std::pair<std::string, std::string_view>>;

constexpr std::int64_t kEarliest = 315'532'800'000;  // 1980-01-01
constexpr std::int64_t kLatest = 4'102'444'800'000;  // 2100-01-01

/// The last of equal keys, as the field's JSON decoders do it.
std::string_view fieldOf(const Fields& fields, std::string_view name) {
    const auto found = std::find_if(fields.rbegin(), fields.rend(), [&](const auto& f) { return f.first == name; });
    if (found == fields.rend() || found->second == "null") return {};
    return found->second;
}

bool startsWithReserved(std::string_view name) {
    constexpr std::string_view kReserved = "inngest/";
    if (name.size() < kReserved.size()) return false;
    return std::equal(kReserved.begin(), kReserved.end(), name.begin(),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

/// Ten bytes from base 64, as the seed has them; absent for anything else.
std::optional<std::array<std::uint8_t, 10>> entropyOf(std::string_view text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.size() != 16 || !text.ends_with("==")) return std::nullopt;
    std::array<std::uint8_t, 10> bytes{};
    std::uint32_t bits = 0;
    int count = 0;
    std::size_t at = 0;
    for (const char c : text.substr(0, 14)) {
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count >= 8 && at < bytes.size()) bytes[at++] = static_cast<std::uint8_t>(bits >> (count -= 8));
    }
    return bytes;
}

/// inngest-protocol.md section 1.5: event number n (from 1) adds n to the last four bytes of the entropy.
class Seed {
public:
    explicit Seed(std::string_view header) {
        const auto comma = header.find(',');
        if (comma == std::string_view::npos) return;
        const auto entropy = entropyOf(header.substr(comma + 1));
        std::uint64_t millis = 0;
        const auto [end, error] = std::from_chars(header.data(), header.data() + comma, millis);
        if (!entropy || error != std::errc() || end != header.data() + comma || millis == 0) return;
        base_.millis = millis;
        base_.entropyHigh = static_cast<std::uint16_t>(((*entropy)[0] << 8) | (*entropy)[1]);
        for (std::size_t i = 2; i < 10; ++i) base_.entropyLow = (base_.entropyLow << 8) | (*entropy)[i];
        valid_ = true;
    }
    /// Empty if there was no valid seed.
    std::string idOf(std::uint32_t number) const {
        if (!valid_) return {};
        Ulid ulid = base_;
        const auto low = static_cast<std::uint32_t>(ulid.entropyLow) + number;
        ulid.entropyLow = (ulid.entropyLow & 0xFFFFFFFF00000000U) | low;
        return ulid.text();
    }

private:
    Ulid base_;
    bool valid_ = false;
};

/// The reason why it is no event; empty if it is one, and then `event` is filled in.
std::string readEvent(std::string_view text, const Seed& seed, std::uint32_t number, engine::NewEvent& event) {
    const auto fields = json::fieldsOf(text);
    if (!fields) return "must be an object";
    const auto name = json::stringOf(fieldOf(*fields, "name"));
    if (!name || name->empty()) return "name must be a text that is not empty";
    if (name->size() > 512) return "name is longer than 512 bytes";
    if (startsWithReserved(*name)) return "names that begin with inngest/ are reserved";
    event.name = *name;
    const auto data = fieldOf(*fields, "data");
    if (!data.empty() && !data.starts_with('{')) return "data must be an object";
    event.data = data.empty() ? "{}" : std::string(data);
    const auto user = fieldOf(*fields, "user");
    if (!user.empty() && !user.starts_with('{')) return "user must be an object";
    event.user = std::string(user);
    if (const auto id = fieldOf(*fields, "id"); !id.empty()) {
        const auto given = json::stringOf(id);
        if (!given || given->size() > 256) return "id must be a text of at most 256 bytes";
        event.externalId = *given;
    }
    if (event.externalId.empty()) event.externalId = seed.idOf(number);
    if (const auto ts = fieldOf(*fields, "ts"); !ts.empty() && ts != "0") {
        std::int64_t millis = 0;
        const auto [end, error] = std::from_chars(ts.data(), ts.data() + ts.size(), millis);
        if (error != std::errc() || end != ts.data() + ts.size() || millis < kEarliest || millis >= kLatest)
            return "ts must be milliseconds since 1970, between the years 1980 and 2100";
        event.ts = Timestamp(std::chrono::milliseconds(millis));
    }
    return {};
}

}  // namespace

Events readEvents(std::string_view body, std::string_view seedHeader) {
    const auto checked = json::check(body, {.nodes = 1'000'000});
    if (!checked.kind) return Events::failure("The body is refused: " + checked.problem.message + ".");
    std::vector<std::string_view> items{body};
    if (checked.kind == json::Kind::Array)
        items = json::itemsOf(body).value_or(std::vector<std::string_view>());
    else if (checked.kind != json::Kind::Object)
        return Events::failure("The body must be an event object or an array of them.");
    if (items.size() > kMostEvents) return Events::failure("A request holds at most 5000 events.");
    const Seed seed(seedHeader);
    std::vector<engine::NewEvent> events(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        // Fewer bytes cannot hold too many values.
        if (items[i].size() > 2 * json::Limits().nodes)
            if (const auto one = json::check(items[i]); !one.kind)
                return Events::failure("Event " + std::to_string(i + 1) + ": " + one.problem.message + ".");
        const auto reason = readEvent(items[i], seed, static_cast<std::uint32_t>(i + 1), events[i]);
        if (!reason.empty()) return Events::failure("Event " + std::to_string(i + 1) + ": " + reason + ".");
    }
    return events;
}

}  // namespace stepd::api
