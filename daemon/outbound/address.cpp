#include "outbound/address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace stepd::outbound {
namespace {

struct V4Range {
    std::uint32_t first;
    int prefix;
    std::string_view name;
};

constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) {
    return (a << 24) | (b << 16) | (c << 8) | d;
}

constexpr std::array kV4Refused{
    V4Range{quad(0, 0, 0, 0), 8, "this network"},
    V4Range{quad(10, 0, 0, 0), 8, "private use"},
    V4Range{quad(100, 64, 0, 0), 10, "shared address space"},
    V4Range{quad(127, 0, 0, 0), 8, "loopback"},
    V4Range{quad(168, 63, 129, 16), 32, "cloud service"},
    V4Range{quad(169, 254, 0, 0), 16, "link local"},
    V4Range{quad(172, 16, 0, 0), 12, "private use"},
    V4Range{quad(192, 0, 0, 0), 24, "protocol assignments"},
    V4Range{quad(192, 0, 2, 0), 24, "documentation"},
    V4Range{quad(192, 88, 99, 0), 24, "6to4 relay"},
    V4Range{quad(192, 168, 0, 0), 16, "private use"},
    V4Range{quad(198, 18, 0, 0), 15, "benchmarking"},
    V4Range{quad(198, 51, 100, 0), 24, "documentation"},
    V4Range{quad(203, 0, 113, 0), 24, "documentation"},
    V4Range{quad(224, 0, 0, 0), 4, "multicast"},
    V4Range{quad(240, 0, 0, 0), 4, "reserved"},
};

std::string_view specialV4(std::uint32_t value) {
    for (const auto& range : kV4Refused)
        if ((value ^ range.first) >> (32 - range.prefix) == 0) return range.name;
    return {};
}

using Bytes = std::array<std::uint8_t, 16>;

bool startsWith(const Bytes& bytes, std::initializer_list<std::uint8_t> prefix) {
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

std::uint32_t v4At(const Bytes& bytes, std::size_t at) {
    return quad(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

bool allZero(const Bytes& bytes, std::size_t from, std::size_t to) {
    return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                       bytes.begin() + static_cast<std::ptrdiff_t>(to), [](std::uint8_t b) { return b == 0; });
}

/// RFC 5214: the interface identifier is 00-00-5e-fe or 02-00-5e-fe and an IPv4 address.
bool isIsatap(const Bytes& b) {
    return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5E && b[11] == 0xFE;
}

std::string_view specialV6(const Bytes& b) {
    if (allZero(b, 0, 15) && b[15] <= 1) return b[15] == 0 ? "unspecified" : "loopback";
    if (allZero(b, 0, 10) && b[10] == 0xFF && b[11] == 0xFF) return specialV4(v4At(b, 12));  // v4-mapped
    if (allZero(b, 0, 12)) return specialV4(v4At(b, 12));                                    // v4-compatible
    if (allZero(b, 0, 8) && b[8] == 0xFF && b[9] == 0xFF && b[10] == 0 && b[11] == 0)
        return specialV4(v4At(b, 12));                                                                // SIIT
    if (startsWith(b, {0x00, 0x64, 0xFF, 0x9B}) && allZero(b, 4, 12)) return specialV4(v4At(b, 12));  // NAT64
    if ((b[0] & 0xE0U) != 0x20U) return "not global unicast";
    if (startsWith(b, {0x20, 0x02})) return specialV4(v4At(b, 2));  // 6to4
    if (startsWith(b, {0x20, 0x01, 0x00, 0x00})) {                  // Teredo: server, and the client's address inverted
        const auto server = specialV4(v4At(b, 4));
        return server.empty() ? specialV4(~v4At(b, 12)) : server;
    }
    if (startsWith(b, {0x20, 0x01}) && b[2] <= 0x01) return "protocol assignments";
    if (startsWith(b, {0x20, 0x01, 0x0D, 0xB8})) return "documentation";
    if (startsWith(b, {0x3F, 0xFF}) && b[2] <= 0x0F) return "documentation";
    if (isIsatap(b)) return specialV4(v4At(b, 12));
    return {};
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
    const std::string copy(text);
    Address result;
    if (inet_pton(AF_INET, copy.c_str(), result.bytes_.data()) == 1) {
        result.v4_ = true;
    } else if (inet_pton(AF_INET6, copy.c_str(), result.bytes_.data()) == 1) {
        result.v4_ = false;
    } else {
        return std::nullopt;
    }
    return result.text() == text ? std::optional(result) : std::nullopt;
}

std::optional<Address> Address::of(const sockaddr& address) {
    Address result;
    if (address.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof in);
        std::memcpy(result.bytes_.data(), &in.sin_addr, 4);
        return result;
    }
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &address, sizeof in);
        std::memcpy(result.bytes_.data(), &in.sin6_addr, 16);
        result.v4_ = false;
        return result;
    }
    return std::nullopt;
}

Address Address::v4(std::uint32_t hostOrder) {
    Address result;
    for (std::size_t i = 0; i < 4; ++i) result.bytes_[i] = static_cast<std::uint8_t>(hostOrder >> (24 - 8 * i));
    return result;
}

std::uint32_t Address::v4Value() const {
    return v4At(bytes_, 0);
}

std::string Address::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), out.data(), out.size());
    return out.data();
}

std::optional<Network> Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = Address::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const int most = address->isV4() ? 32 : 128;
    if (slash == std::string_view::npos) return Network{*address, most};
    int prefix = -1;
    const auto number = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), prefix);
    if (error != std::errc() || end != number.data() + number.size() || prefix < 0 || prefix > most)
        return std::nullopt;
    return Network{*address, prefix};
}

bool Network::contains(const Address& candidate) const {
    if (candidate.isV4() != address.isV4()) return false;
    for (int bit = 0; bit < prefix; ++bit) {
        const auto byte = static_cast<std::size_t>(bit / 8);
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if ((candidate.bytes()[byte] & mask) != (address.bytes()[byte] & mask)) return false;
    }
    return true;
}

std::string_view specialPurpose(const Address& address) {
    return address.isV4() ? specialV4(address.v4Value()) : specialV6(address.bytes());
}

std::vector<Address> ownAddresses() {
    std::vector<Address> found;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return found;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr) continue;
        if (const auto address = Address::of(*entry->ifa_addr)) found.push_back(*address);
    }
    freeifaddrs(list);
    return found;
}

}  // namespace stepd::outbound
