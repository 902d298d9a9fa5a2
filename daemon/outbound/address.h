#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace stepd::outbound {

/// An IP address: four or sixteen bytes in network order. A value.
class Address {
public:
    /// Canonical text only: dotted quad without leading zeros, RFC 5952 for IPv6 (no zone). Absent for any other
    /// spelling.
    static std::optional<Address> parse(std::string_view text);
    /// Absent if the family is neither IPv4 nor IPv6.
    static std::optional<Address> of(const sockaddr& address);
    static Address v4(std::uint32_t hostOrder);

    bool isV4() const { return v4_; }
    std::uint32_t v4Value() const;  ///< host order; only if isV4
    /// Network order; of an IPv4 address the first four count.
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    std::string text() const;

    friend bool operator==(const Address&, const Address&) = default;

private:
    bool v4_ = true;
    std::array<std::uint8_t, 16> bytes_{};
};

/// A network such as `10.0.0.0/8`; an address alone is a network of one.
struct Network {
    Address address;
    int prefix = 0;
    static std::optional<Network> parse(std::string_view text);
    bool contains(const Address& candidate) const;
};

/// Why the connector must not connect there: the name of the special-purpose range; empty for global unicast. Addresses
/// that carry another one inside (v4-mapped, v4-compatible, SIIT, NAT64, 6to4, Teredo, ISATAP) are judged by it as
/// well. Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries; hardening R35.
std::string_view specialPurpose(const Address& address);

/// The addresses of this machine's interfaces now.
std::vector<Address> ownAddresses();

}  // namespace stepd::outbound
