#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace stepd::http {

/// A set of bytes, asked in one table look-up.
class ByteSet {
public:
    constexpr explicit ByteSet(std::string_view members) {
        for (const char c : members) in_[static_cast<unsigned char>(c)] = true;
    }
    constexpr ByteSet& addRange(unsigned first, unsigned last) {
        for (unsigned c = first; c <= last; ++c) in_[c] = true;
        return *this;
    }
    constexpr bool has(char c) const { return in_[static_cast<unsigned char>(c)]; }
    constexpr bool hasAll(std::string_view text) const {
        return std::all_of(text.begin(), text.end(), [this](char c) { return has(c); });
    }

private:
    std::array<bool, 256> in_{};
};

// clang-format off
/// tchar (RFC 9110 section 5.6.2).
inline constexpr ByteSet kTokenBytes = ByteSet("!#$%&'*+-.^_`|~").addRange('0', '9').addRange('A', 'Z').addRange('a', 'z');
/// What a field value may hold: HTAB, SP, VCHAR, obs-text (RFC 9110 section 5.5).
inline constexpr ByteSet kValueBytes = ByteSet("\t").addRange(0x20, 0x7E).addRange(0x80, 0xFF);
/// What a request target may hold here: VCHAR without `#` (RFC 3986 knows fewer; browsers send more).
inline constexpr ByteSet kTargetBytes = ByteSet("").addRange(0x21, '"').addRange('$', 0x7E);
/// host [":" port] (RFC 3986 section 3.2.2), IPv6 literals included.
inline constexpr ByteSet kHostBytes = ByteSet("-._~%!$&'()*+,;=:[]").addRange('0', '9').addRange('A', 'Z').addRange('a', 'z');
/// Ids from outside that may stand in logs and answers.
inline constexpr ByteSet kPlainIdBytes = ByteSet("._-").addRange('0', '9').addRange('A', 'Z').addRange('a', 'z');
inline constexpr ByteSet kDigitBytes = ByteSet("").addRange('0', '9');
// clang-format on

inline bool isToken(std::string_view text) {
    return !text.empty() && kTokenBytes.hasAll(text);
}

/// The value of a hexadecimal digit; -1 for any other byte.
constexpr int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace stepd::http
