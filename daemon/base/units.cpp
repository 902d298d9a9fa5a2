#include "base/units.h"

#include <array>
#include <charconv>
#include <limits>

namespace stepd {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array kDurationUnits{Unit{"ns", 1},
                                    Unit{"us", 1'000},
                                    Unit{"ms", 1'000'000},
                                    Unit{"s", 1'000'000'000},
                                    Unit{"m", 60'000'000'000},
                                    Unit{"h", 3'600'000'000'000},
                                    Unit{"d", 86'400'000'000'000},
                                    Unit{"w", 604'800'000'000'000}};
constexpr std::array kByteUnits{Unit{"B", 1},          Unit{"kB", 1'000},         Unit{"KB", 1'000},
                                Unit{"MB", 1'000'000}, Unit{"GB", 1'000'000'000}, Unit{"KiB", 1U << 10},
                                Unit{"MiB", 1U << 20}, Unit{"GiB", 1U << 30}};
constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// Takes a run of digits off the front; absent if there is none or it does not fit.
std::optional<std::uint64_t> takeNumber(std::string_view& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

/// Takes a run of letters off the front.
std::string_view takeWord(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && ((text[length] | 32) >= 'a' && (text[length] | 32) <= 'z')) ++length;
    const auto word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

template <std::size_t N>
std::optional<std::uint64_t> scaled(std::uint64_t number, std::string_view unit, const std::array<Unit, N>& units) {
    for (const auto& known : units)
        if (known.name == unit) {
            if (number > kMost / known.factor) return std::nullopt;
            return number * known.factor;
        }
    return std::nullopt;
}

std::optional<Duration> parseIso(std::string_view text) {
    text.remove_prefix(1);
    bool inTime = false;
    bool any = false;
    std::uint64_t total = 0;
    while (!text.empty()) {
        if (!inTime && text.front() == 'T') {
            inTime = true;
            text.remove_prefix(1);
            continue;
        }
        const auto number = takeNumber(text);
        if (!number || text.empty()) return std::nullopt;
        const char letter = text.front();
        text.remove_prefix(1);
        std::string_view unit;
        if (inTime)
            unit = letter == 'H' ? "h" : letter == 'M' ? "m" : letter == 'S' ? "s" : "";
        else
            unit = letter == 'D' ? "d" : letter == 'W' ? "w" : "";
        const auto part = scaled(*number, unit, kDurationUnits);
        if (!part || *part > kMost - total) return std::nullopt;
        total += *part;
        any = true;
    }
    return any ? std::optional(Duration(static_cast<std::int64_t>(total))) : std::nullopt;
}

}  // namespace

std::optional<Duration> parseDuration(std::string_view text) {
    if (text.starts_with('P')) return parseIso(text);
    std::uint64_t total = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const auto number = takeNumber(text);
        if (!number) return std::nullopt;
        const auto part = scaled(*number, takeWord(text), kDurationUnits);
        if (!part || *part > kMost - total) return std::nullopt;
        total += *part;
    }
    return Duration(static_cast<std::int64_t>(total));
}

std::string toText(Duration duration) {
    if (duration.count() == 0) return "0s";
    std::string out;
    auto rest = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count());
    for (std::size_t i = kDurationUnits.size() - 1; i-- > 0;) {  // weeks are read, never written
        const auto& unit = kDurationUnits[i];
        if (rest >= unit.factor) out += std::to_string(rest / unit.factor) + std::string(unit.name);
        rest %= unit.factor;
    }
    return out;
}

std::optional<std::uint64_t> parseByteSize(std::string_view text) {
    const auto number = takeNumber(text);
    if (!number) return std::nullopt;
    const auto unit = takeWord(text);
    if (!text.empty()) return std::nullopt;
    return scaled(*number, unit, kByteUnits);
}

std::string byteText(std::uint64_t bytes) {
    constexpr std::array kUnits{"TiB", "GiB", "MiB", "KiB"};
    for (std::size_t i = 0; i < kUnits.size(); ++i) {
        const std::uint64_t unit = std::uint64_t{1} << (10 * (kUnits.size() - i));
        if (bytes < unit) continue;
        const std::uint64_t tenths = bytes % unit * 10 / unit;
        const auto whole = std::to_string(bytes / unit);
        return (tenths == 0 ? whole : whole + "." + std::to_string(tenths)) + kUnits[i];
    }
    return std::to_string(bytes) + "B";
}

}  // namespace stepd
