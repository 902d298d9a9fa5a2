#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stepd {

/// The hosts that a plugin may reach through the host, as `grant.net` in stepd.yaml names them:
///   api.example.org        this host, on any port that the daemon's outbound rules allow
///   *.example.org          all hosts below it, itself not
///   *                      every host
///   api.example.org:443    this port alone; likewise *.example.org:443 and *:443
///   192.0.2.1  [2001:db8::1]:8443    addresses
/// Names are compared without regard to case and to a dot at their end. It only narrows: private addresses stay closed
/// (outbound.allow opens them). Immutable.
class NetGrant {
public:
    /// Nothing.
    NetGrant() = default;
    /// The failure is one sentence about the first pattern that cannot be read.
    static Result<NetGrant, std::string> parse(const std::vector<std::string>& patterns);

    bool nothing() const { return patterns_.empty(); }
    /// `host` as a URL parser gives it: decoded, an IPv6 address without brackets.
    bool allows(std::string_view host, std::uint16_t port) const;
    /// True if it allows all that `pattern` would; false too if that cannot be read.
    bool covers(const std::string& pattern) const;

private:
    struct Pattern {
        enum class Kind { Any, Suffix, Exact } kind = Kind::Exact;
        std::string host;  ///< lower case; of a suffix with its leading dot
        std::optional<std::uint16_t> port;

        bool takes(std::string_view canonicalHost) const;
    };
    static Result<Pattern, std::string> parseOne(const std::string& text);

    std::vector<Pattern> patterns_;
};

/// A NetGrant and the setting that an operator would change.
struct NetScope {
    NetGrant grant;
    std::string setting;  ///< `plugins.NAME.grant.net`

    /// One sentence if the host is out of reach, else nothing.
    std::optional<std::string> refusal(std::string_view host, std::uint16_t port) const;
};

}  // namespace stepd
