#include "base/ulid.h"

namespace stepd {
namespace {

__extension__ using Bits = unsigned __int128;

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 26;

/// The value of one digit, or -1.
int digitOf(char c) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    const auto at = kDigits.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string Ulid::text() const {
    Bits bits =
        (static_cast<Bits>(millis & 0xFFFFFFFFFFFFU) << 80) | (static_cast<Bits>(entropyHigh) << 64) | entropyLow;
    std::string out(kLength, '0');
    for (std::size_t i = kLength; i-- > 0; bits >>= 5) out[i] = kDigits[static_cast<std::size_t>(bits & 31U)];
    return out;
}

std::optional<Ulid> Ulid::parse(std::string_view text) {
    if (text.size() != kLength || digitOf(text[0]) > 7) return std::nullopt;
    Bits bits = 0;
    for (const char c : text) {
        const int digit = digitOf(c);
        if (digit < 0) return std::nullopt;
        bits = (bits << 5) | static_cast<unsigned>(digit);
    }
    return Ulid{.millis = static_cast<std::uint64_t>(bits >> 80),
                .entropyHigh = static_cast<std::uint16_t>(bits >> 64),
                .entropyLow = static_cast<std::uint64_t>(bits)};
}

}  // namespace stepd
