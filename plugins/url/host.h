#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stepd::url {

/// What is wrong with, or worth saying of, a value: a code for programs and a sentence for people.
struct Problem {
    std::string code;
    std::string message;
};

/// A host as a browser understands it, in its one spelling.
struct Host {
    enum class Kind { Name, Ipv4, Ipv6 };
    std::string text;  ///< lower-case ASCII (`xn--` for other scripts); IPv4 dotted; IPv6 with brackets
    Kind kind = Kind::Name;
};

struct HostResult {
    std::optional<Host> host;
    Problem problem;  ///< `missing_host` or `invalid_host` where there is no host
};

/// Percent-decodes, maps by UTS 46 (non-transitional), drops one trailing dot and checks labels and length. Numbers in
/// any spelling that a browser takes for an IPv4 address (`0x7f.1`, `2130706433`) become one.
HostResult parseHost(std::string_view text);

/// Whether the public internet can know this name: `ip_not_allowed`, `host_not_public`, `host_is_public_suffix`, or
/// absent if all is well. Special-use names are those of RFC 6761 and of common private networks.
std::optional<Problem> publicHostProblem(const Host& host);

/// The domain that somebody registered, private suffixes counted: `acme.co.uk`, `acme.github.io`. The host itself where
/// it is an address, a single label or a suffix. Public suffix list as libpsl was built with it; never reads a file.
std::string registrableDomain(std::string_view asciiHost);

/// False if the last label stands in no rule of the public suffix list.
bool hasKnownTld(std::string_view asciiHost);

/// Large platforms on which a page is a profile, not a company's own site; by registrable domain.
bool isSocialPlatform(std::string_view registrableDomain);

}  // namespace stepd::url
