#include "model/net_grant.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace stepd {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// One spelling for each address.
std::optional<std::string> canonicalV6(const std::string& text) {
    in6_addr address{};
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
    return ::inet_ntop(AF_INET6, &address, buffer.data(), buffer.size());
}

/// As hosts are compared.
std::string canonical(std::string_view host) {
    std::string name = lower(host);
    if (name.ends_with('.')) name.pop_back();
    if (name.find(':') == std::string::npos) return name;
    return canonicalV6(name).value_or(name);
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

bool isNumber(std::string_view label) {
    return !label.empty() && label.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What is wrong with a name, or nothing. A name that ends in a number is read as an address by some.
std::string nameProblem(const std::string& name) {
    for (const char c : name) {
        if (static_cast<unsigned char>(c) >= 0x80) return "write an international name as xn--...";
        const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (c == '*') return "a * stands alone or at the beginning, as in *.example.org";
        if (!good) return "write a host alone, without scheme, user or path";
    }
    if (name.empty() || name.starts_with('.') || name.ends_with('.') || name.find("..") != std::string::npos)
        return "the name has an empty part";
    in_addr address{};
    const bool number = isNumber(std::string_view(name).substr(name.rfind('.') + 1));
    if (number && ::inet_pton(AF_INET, name.c_str(), &address) != 1) return "an address is written 192.0.2.1";
    return {};
}

struct HostAndPort {
    std::string host, port;
    bool v6 = false, hasPort = false;
};

std::optional<HostAndPort> split(const std::string& text) {
    HostAndPort out;
    std::size_t colon = text.find(':');
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string::npos) return std::nullopt;
        out.v6 = true;
        out.host = text.substr(1, close - 1);
        colon = close + 1 < text.size() ? close + 1 : std::string::npos;
        if (colon != std::string::npos && text[colon] != ':') return std::nullopt;
    } else {
        out.host = text.substr(0, colon);
    }
    out.hasPort = colon != std::string::npos;
    if (out.hasPort) out.port = text.substr(colon + 1);
    return out;
}

}  // namespace

Result<NetGrant, std::string> NetGrant::parse(const std::vector<std::string>& patterns) {
    NetGrant grant;
    for (const auto& text : patterns) {
        auto pattern = parseOne(text);
        if (!pattern)
            return Result<NetGrant, std::string>::failure("`" + text + "` is no host of a grant: " + pattern.error());
        grant.patterns_.push_back(std::move(*pattern));
    }
    return grant;
}

Result<NetGrant::Pattern, std::string> NetGrant::parseOne(const std::string& text) {
    using Parsed = Result<Pattern, std::string>;
    if (text.find("//") != std::string::npos || text.find('@') != std::string::npos)
        return Parsed::failure("write a host alone, without scheme, user or path");
    if (std::count(text.begin(), text.end(), ':') > 1 && !text.starts_with('['))
        return Parsed::failure("an IPv6 address stands in brackets");
    const auto parts = split(text);
    if (!parts) return Parsed::failure("write [ADDRESS] or [ADDRESS]:PORT");
    Pattern pattern;
    if (parts->hasPort && !(pattern.port = parsePort(parts->port)))
        return Parsed::failure("a port is a number from 1 to 65535");
    if (parts->v6) {
        const auto address = canonicalV6(parts->host);
        if (!address) return Parsed::failure("what is in brackets is no IPv6 address");
        pattern.host = *address;
        return pattern;
    }
    if (parts->host == "*") {
        pattern.kind = Pattern::Kind::Any;
        return pattern;
    }
    pattern.host = canonical(parts->host);
    if (pattern.host.starts_with("*.")) {
        pattern.kind = Pattern::Kind::Suffix;
        pattern.host.erase(0, 1);
    }
    const bool suffix = pattern.kind == Pattern::Kind::Suffix;
    if (auto problem = nameProblem(suffix ? pattern.host.substr(1) : pattern.host); !problem.empty())
        return Parsed::failure(std::move(problem));
    return pattern;
}

bool NetGrant::Pattern::takes(std::string_view name) const {
    switch (kind) {
        case Kind::Any: return true;
        case Kind::Exact: return name == host;
        case Kind::Suffix: return name.size() > host.size() && name.ends_with(host);
    }
    return false;
}

bool NetGrant::allows(std::string_view host, std::uint16_t port) const {
    const std::string name = canonical(host);
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
        return (!pattern.port || *pattern.port == port) && pattern.takes(name);
    });
}

bool NetGrant::covers(const std::string& text) const {
    const auto asked = parseOne(text);
    if (!asked) return false;
    // A suffix is covered by itself, and by those that end what it begins with: `.b.org` ends with `.org`.
    const auto takes = [&](const Pattern& pattern) {
        if (pattern.kind == Pattern::Kind::Any) return true;
        if (asked->kind == Pattern::Kind::Any) return false;
        if (asked->kind == Pattern::Kind::Exact) return pattern.takes(asked->host);
        return pattern.kind == Pattern::Kind::Suffix && asked->host.ends_with(pattern.host);
    };
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
        return (!pattern.port || pattern.port == asked->port) && takes(pattern);
    });
}

std::optional<std::string> NetScope::refusal(std::string_view host, std::uint16_t port) const {
    if (grant.allows(host, port)) return std::nullopt;
    const bool v6 = host.find(':') != std::string_view::npos;
    const std::string name = v6 ? "[" + std::string(host) + "]" : std::string(host);
    return "the host " + name + ":" + std::to_string(port) + " is not granted to the plugin; add \"" + name + "\" to " +
           setting + " in stepd.yaml to allow it";
}

}  // namespace stepd
