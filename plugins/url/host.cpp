#include "url/host.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

#include "url/percent.h"
#include "url/unicode.h"

namespace stepd::url {
namespace {

constexpr std::size_t kMostHostBytes = 253;
constexpr std::size_t kMostLabelBytes = 63;

HostResult refused(std::string code, std::string message) {
    return {{}, {std::move(code), std::move(message)}};
}

std::vector<std::string_view> labelsOf(std::string_view host) {
    std::vector<std::string_view> labels;
    while (true) {
        const std::size_t dot = host.find('.');
        labels.push_back(host.substr(0, dot));
        if (dot == std::string_view::npos) return labels;
        host.remove_prefix(dot + 1);
    }
}

std::string_view tldOf(std::string_view host) {
    const std::size_t dot = host.rfind('.');
    return dot == std::string_view::npos ? host : host.substr(dot + 1);
}

/// UTS 46, non-transitional. Hyphens in the third and fourth place are no error: real hosts have them.
std::optional<std::string> toAscii(std::string_view host) {
    static const UIDNA* const idna = [] {
        UErrorCode status = U_ZERO_ERROR;
        return uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, &status);
    }();
    if (idna == nullptr || host.size() > 1024) return {};
    std::array<char, 2048> buffer{};
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t size = uidna_nameToASCII_UTF8(idna, host.data(), static_cast<std::int32_t>(host.size()),
                                                     buffer.data(), buffer.size(), &info, &status);
    if (U_FAILURE(status) || (info.errors & ~static_cast<std::uint32_t>(UIDNA_ERROR_HYPHEN_3_4)) != 0) return {};
    return asciiLower({buffer.data(), static_cast<std::size_t>(size)});
}

bool isLabel(std::string_view label) {
    if (label.empty() || label.size() > kMostLabelBytes || label.front() == '-' || label.back() == '-') return false;
    return std::all_of(label.begin(), label.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

/// A number of the IPv4 parser of the WHATWG URL standard: decimal, `0` octal or `0x` hexadecimal.
std::optional<std::uint64_t> ipv4Number(std::string_view text) {
    if (text.empty()) return {};
    int base = 10;
    if (text.starts_with("0x")) {
        text.remove_prefix(2);
        base = 16;
        if (text.empty()) return 0;
    } else if (text.size() > 1 && text.front() == '0') {
        text.remove_prefix(1);
        base = 8;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (end != text.data() + text.size()) return {};
    return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

bool endsInANumber(std::string_view host) {
    const std::string_view last = tldOf(host);
    const bool digits = std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
    return !last.empty() && (digits || (last.starts_with("0x") && ipv4Number(last)));
}

std::optional<std::string> ipv4Of(std::string_view host) {
    const auto parts = labelsOf(host);
    if (parts.size() > 4) return {};
    std::uint64_t address = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = ipv4Number(parts[i]);
        const bool last = i + 1 == parts.size();
        const std::uint64_t most = last ? (std::uint64_t{1} << (8 * (5 - parts.size()))) - 1 : 255;
        if (!number || *number > most) return {};
        address |= last ? *number : *number << (8 * (3 - i));
    }
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8)
        text += std::to_string((address >> shift) & 0xFFU) + (shift > 0 ? "." : "");
    return text;
}

HostResult parseIpv6(std::string_view text) {
    const std::string inner(text.substr(1, text.size() - 2));
    in6_addr address{};
    if (text.back() != ']' || ::inet_pton(AF_INET6, inner.c_str(), &address) != 1)
        return refused("invalid_host", "the brackets hold no IPv6 address");
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    ::inet_ntop(AF_INET6, &address, buffer.data(), buffer.size());
    return {Host{"[" + std::string(buffer.data()) + "]", Host::Kind::Ipv6}, {}};
}

bool isSpecialUse(std::string_view host) {
    static constexpr std::array<std::string_view, 14> kNames = {
        "localhost",   "local", "internal", "test", "example",  "invalid", "onion",
        "localdomain", "lan",   "home",     "corp", "intranet", "alt",     "arpa"};
    return std::find(kNames.begin(), kNames.end(), tldOf(host)) != kNames.end();
}

bool isSuffix(std::string_view host, int type) {
    return psl_is_public_suffix2(psl_builtin(), std::string(host).c_str(), type) != 0;
}

}  // namespace

HostResult parseHost(std::string_view text) {
    if (text.starts_with('[')) return parseIpv6(text);
    const std::string decoded = percentDecode(text);
    if (decoded.empty()) return refused("missing_host", "the URL names no host");
    if (!isUtf8(decoded)) return refused("invalid_host", "the host is not UTF-8");
    auto ascii = toAscii(decoded.ends_with('.') ? std::string_view(decoded).substr(0, decoded.size() - 1) : decoded);
    if (ascii && ascii->ends_with('.') && !decoded.ends_with('.')) ascii->pop_back();  // an ideographic full stop
    if (!ascii || ascii->empty() || ascii->size() > kMostHostBytes)
        return refused("invalid_host", "the host is not a valid domain name");
    const auto labels = labelsOf(*ascii);
    if (!std::all_of(labels.begin(), labels.end(), isLabel))
        return refused("invalid_host", "each part of the host has 1 to 63 letters, digits and inner hyphens");
    if (!endsInANumber(*ascii)) return {Host{*ascii, Host::Kind::Name}, {}};
    if (auto address = ipv4Of(*ascii)) return {Host{*address, Host::Kind::Ipv4}, {}};
    return refused("invalid_host", "the host ends in a number but is no IPv4 address");
}

std::optional<Problem> publicHostProblem(const Host& host) {
    if (host.kind != Host::Kind::Name) return Problem{"ip_not_allowed", "give a domain name instead of an IP address"};
    if (host.text.find('.') == std::string::npos || isSpecialUse(host.text))
        return Problem{"host_not_public", "the host is not a name of the public internet"};
    if (isSuffix(host.text, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE))
        return Problem{"host_is_public_suffix", "the host is a public suffix, not somebody's domain"};
    return {};
}

std::string registrableDomain(std::string_view asciiHost) {
    const std::string host(asciiHost);
    if (host.starts_with('[') || endsInANumber(host)) return host;
    const char* domain = psl_registrable_domain(psl_builtin(), host.c_str());
    return domain != nullptr ? domain : host;
}

bool hasKnownTld(std::string_view asciiHost) {
    for (std::string_view rest = asciiHost;;) {
        if (isSuffix(rest, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE)) return true;
        const std::size_t dot = rest.find('.');
        if (dot == std::string_view::npos) return false;
        rest.remove_prefix(dot + 1);
    }
}

bool isSocialPlatform(std::string_view registrableDomain) {
    static constexpr std::array<std::string_view, 12> kPlatforms = {
        "linkedin.com", "facebook.com", "instagram.com", "x.com",       "twitter.com", "youtube.com",
        "tiktok.com",   "linktr.ee",    "pinterest.com", "threads.net", "t.me",        "wa.me"};
    return std::find(kPlatforms.begin(), kPlatforms.end(), registrableDomain) != kPlatforms.end();
}

}  // namespace stepd::url
