#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/fetch.h"
#include "outbound/address.h"

namespace stepd::outbound {

/// Where a request goes, taken apart by the same parser that libcurl uses to send it.
struct Target {
    std::string url;     ///< normalised, without fragment
    std::string scheme;  ///< `http` or `https`
    std::string host;    ///< lower case; an IPv6 literal without brackets
    std::uint16_t port = 0;
    std::optional<Address> literal;  ///< set if the host is an address

    std::string origin() const;  ///< `https://host:port`
};

struct Refusal {
    FetchFailure failure = FetchFailure::AddressNotAllowed;
    std::string message;
};

struct GuardOptions {
    std::vector<std::uint16_t> ports{80, 443};
    /// Hosts, networks or addresses, each with an optional `:port`, that are reachable though they are not public. For
    /// tests and demos: `127.0.0.1:9000`, `10.0.0.0/8`, `acme.test`.
    std::vector<std::string> allow;
    /// Host name -> `address:port` to which its requests go instead; the address counts as allowed.
    std::map<std::string, std::string> resolveOverrides;
};

/// Decides where the connector may go (hardening R34, R35): strict URLs, public names, public addresses. Immutable
/// after construction and thread-safe. The constructor throws Error{Configuration} for an entry that it cannot read.
class Guard {
public:
    explicit Guard(const GuardOptions& options, std::function<std::vector<Address>()> own = ownAddresses);

    /// The URL alone: scheme, user-info, host spelling, special-use names, port. No name is resolved.
    Result<Target, Refusal> check(std::string_view url) const;
    /// Every address that a name resolved to must pass: one private answer among public ones is a rebinding attempt.
    std::optional<Refusal> check(const Target& target, const std::vector<Address>& addresses) const;
    /// Where an override sends the target: address and port; absent: resolve the name.
    std::optional<std::pair<Address, std::uint16_t>> overrideOf(const Target& target) const;
    /// True if this very connection is allowed; asked again for each socket that is opened.
    bool mayConnect(const Target& target, const Address& address) const;
    /// True if anything is reachable that is not public: said as a warning at start.
    bool relaxed() const { return !allow_.empty() || !overrides_.empty(); }

private:
    struct Allow {
        std::string host;  ///< empty: by network
        std::optional<Network> network;
        std::optional<std::uint16_t> port;
    };
    bool allows(const Target& target, const std::optional<Address>& address) const;
    std::optional<Refusal> checkName(const Target& target) const;

    std::vector<std::uint16_t> ports_;
    std::vector<Allow> allow_;
    std::map<std::string, std::pair<Address, std::uint16_t>> overrides_;
    std::function<std::vector<Address>()> own_;
};

/// The URL without user-info and with the values of its query masked: for logs and errors (hardening R33).
std::string maskedUrl(std::string_view url);

}  // namespace stepd::outbound
