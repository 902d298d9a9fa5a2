#include "outbound/guard.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "base/error.h"

namespace stepd::outbound {
namespace {

struct UrlDeleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlDeleter>;

constexpr std::array<std::string_view, 14> kSpecialSuffixes{"localhost", "local", "internal", "test",        "example",
                                                            "invalid",   "onion", "alt",      "localdomain", "lan",
                                                            "home",      "corp",  "intranet", "arpa"};

std::string part(CURLU* url, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
}

Result<Target, Refusal> refuse(FetchFailure failure, std::string message) {
    return Result<Target, Refusal>::failure({failure, std::move(message)});
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

/// libcurl reads `0x7f.1` and the like as addresses: the host part as it was written, to insist on the canonical
/// spelling.
std::string writtenHost(std::string_view url) {
    const auto start = url.find("://");
    if (start == std::string_view::npos) return {};
    auto authority = url.substr(start + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (authority.starts_with('[')) return lower(std::string(authority.substr(1, authority.find(']') - 1)));
    return lower(std::string(authority.substr(0, authority.find(':'))));
}

/// `host`, `host:port`, `[v6]:port`, `v6`: absent port if there is none.
std::pair<std::string, std::string> splitPort(const std::string& text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string::npos) return {text, {}};
        return {text.substr(1, close - 1), close + 2 <= text.size() ? text.substr(close + 2) : ""};
    }
    const auto colon = text.find(':');
    if (colon == std::string::npos || text.find(':', colon + 1) != std::string::npos) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::string Target::origin() const {
    return scheme + "://" + host + ":" + std::to_string(port);
}

Guard::Guard(const GuardOptions& options, std::function<std::vector<Address>()> own)
    : ports_(options.ports), own_(std::move(own)) {
    for (const auto& entry : options.allow) {
        const auto [host, portText] = splitPort(entry);
        Allow allow;
        allow.network = Network::parse(host);
        if (!allow.network) allow.host = lower(host);
        if (!portText.empty()) allow.port = parsePort(portText);
        if (host.empty() || (!portText.empty() && !allow.port))
            throw Error(ErrorCode::Configuration,
                        "outbound.allow: cannot read \"" + entry +
                            "\"; write a host, an address or a network such as 10.0.0.0/8, with "
                            "an optional :port");
        allow_.push_back(std::move(allow));
    }
    for (const auto& [host, to] : options.resolveOverrides) {
        const auto [addressText, portText] = splitPort(to);
        const auto address = Address::parse(addressText);
        const auto port = parsePort(portText);
        if (!address || !port)
            throw Error(ErrorCode::Configuration,
                        "outbound.resolve_overrides." + host + ": cannot read \"" + to + "\"; write address:port");
        overrides_.emplace(lower(host), std::pair(*address, *port));
    }
}

Result<Target, Refusal> Guard::check(std::string_view text) const {
    if (text.size() > 8192) return refuse(FetchFailure::InvalidUrl, "the URL is longer than 8192 bytes");
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '\\')
            return refuse(FetchFailure::InvalidUrl, "the URL has a character that must be percent-encoded");
    const UrlHandle url(curl_url());
    const std::string copy(text);
    const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), CURLU_DISALLOW_USER);
    if (code == CURLUE_USER_NOT_ALLOWED) return refuse(FetchFailure::InvalidUrl, "a URL with user-info is refused");
    if (code != CURLUE_OK)
        return refuse(FetchFailure::InvalidUrl, std::string("not a URL: ") + curl_url_strerror(code));
    Target target;
    target.scheme = part(url.get(), CURLUPART_SCHEME);
    if (target.scheme != "http" && target.scheme != "https")
        return refuse(FetchFailure::InvalidUrl,
                      "scheme " + target.scheme + " is refused; only http and https are allowed");
    curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
    target.url = part(url.get(), CURLUPART_URL);
    target.host = lower(part(url.get(), CURLUPART_HOST));
    if (target.host.starts_with('[')) target.host = target.host.substr(1, target.host.size() - 2);
    const auto port = parsePort(part(url.get(), CURLUPART_PORT));
    if (!port || target.host.empty()) return refuse(FetchFailure::InvalidUrl, "the URL has no usable host and port");
    target.port = *port;
    target.literal = Address::parse(target.host);
    if (const auto refusal = checkName(target)) return Result<Target, Refusal>::failure(*refusal);
    if (target.literal && writtenHost(text) != target.literal->text())
        return refuse(FetchFailure::AddressNotAllowed, "an address must be written in its canonical form");
    return target;
}

std::optional<Refusal> Guard::checkName(const Target& target) const {
    if (overrides_.contains(target.host) || allows(target, target.literal)) return std::nullopt;
    if (std::find(ports_.begin(), ports_.end(), target.port) == ports_.end())
        return Refusal{FetchFailure::AddressNotAllowed, "port " + std::to_string(target.port) + " is not allowed"};
    if (target.literal) return check(target, {*target.literal});
    std::string_view host = target.host;
    if (host.ends_with('.')) host.remove_suffix(1);
    const auto dot = host.rfind('.');
    if (dot == std::string_view::npos)
        return Refusal{FetchFailure::AddressNotAllowed, "host name " + target.host + " has no dot: it is not public"};
    const auto last = host.substr(dot + 1);
    const bool numeric = last.empty() || (last.front() >= '0' && last.front() <= '9') || host.find(':') != host.npos;
    if (numeric) return Refusal{FetchFailure::AddressNotAllowed, "host " + target.host + " is not a canonical address"};
    if (std::find(kSpecialSuffixes.begin(), kSpecialSuffixes.end(), last) != kSpecialSuffixes.end())
        return Refusal{FetchFailure::AddressNotAllowed, "host name " + target.host + " is not public"};
    return std::nullopt;
}

std::optional<Refusal> Guard::check(const Target& target, const std::vector<Address>& addresses) const {
    for (const auto& address : addresses) {
        if (mayConnect(target, address)) continue;
        const auto range = specialPurpose(address);
        return Refusal{FetchFailure::AddressNotAllowed, target.host + " has the address " + address.text() + " (" +
                                                            (range.empty() ? "this machine" : std::string(range)) +
                                                            "), which is not public"};
    }
    return std::nullopt;
}

std::optional<std::pair<Address, std::uint16_t>> Guard::overrideOf(const Target& target) const {
    const auto found = overrides_.find(target.host);
    return found == overrides_.end() ? std::nullopt : std::optional(found->second);
}

bool Guard::mayConnect(const Target& target, const Address& address) const {
    if (const auto redirected = overrideOf(target)) return redirected->first == address;
    if (allows(target, address)) return true;
    if (!specialPurpose(address).empty()) return false;
    const auto own = own_();
    return std::find(own.begin(), own.end(), address) == own.end();
}

bool Guard::allows(const Target& target, const std::optional<Address>& address) const {
    return std::any_of(allow_.begin(), allow_.end(), [&](const Allow& entry) {
        if (entry.port && *entry.port != target.port) return false;
        if (!entry.host.empty()) return entry.host == target.host;
        return address && entry.network->contains(*address);
    });
}

std::string maskedUrl(std::string_view url) {
    std::string out(url.substr(0, url.find('#')));
    if (const auto start = out.find("://"); start != std::string::npos) {
        const auto end = std::min(out.find_first_of("/?", start + 3), out.size());
        if (const auto at = out.rfind('@', end); at != std::string::npos && at > start)
            out.erase(start + 3, at - start - 2);
    }
    const auto query = out.find('?');
    if (query == std::string::npos) return out;
    std::string masked = out.substr(0, query);
    bool inValue = false;
    for (std::size_t i = query; i < out.size(); ++i) {
        if (out[i] == '&') inValue = false;
        if (!inValue) masked += out[i];
        if (out[i] == '=' && !inValue) {
            inValue = true;
            masked += "***";
        }
    }
    return masked;
}

}  // namespace stepd::outbound
