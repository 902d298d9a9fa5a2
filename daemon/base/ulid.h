#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stepd {

/// A ULID (github.com/ulid/spec): 48 bits of milliseconds, 80 bits of entropy; 26 characters of Crockford's base 32.
struct Ulid {
    std::uint64_t millis = 0;       ///< only the lower 48 bits count
    std::uint16_t entropyHigh = 0;  ///< the upper 16 bits of the entropy
    std::uint64_t entropyLow = 0;   ///< the lower 64 bits of the entropy

    std::string text() const;
    /// Accepts lower case and Crockford's aliases (`o` as 0; `i`, `l` as 1). Absent for anything else.
    static std::optional<Ulid> parse(std::string_view text);

    friend bool operator==(const Ulid&, const Ulid&) = default;
};

}  // namespace stepd
