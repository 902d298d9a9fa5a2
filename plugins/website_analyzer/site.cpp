#include "website_analyzer/site.h"

#include <algorithm>
#include <array>
#include <vector>

#include "url/host.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

std::string_view withoutWww(std::string_view host) {
    if (host.starts_with("www.")) host.remove_prefix(4);
    return host;
}

bool isSessionKey(std::string_view key) {
    constexpr std::array<std::string_view, 7> kKeys{"phpsessid", "jsessionid",   "sessionid", "session_id",
                                                    "sid",       "aspsessionid", "cfid"};
    return std::find(kKeys.begin(), kKeys.end(), asciiLower(key)) != kKeys.end();
}

std::string keyPath(std::string path) {
    if (const std::size_t session = asciiLower(path).find(";jsessionid="); session != std::string::npos)
        path.resize(session);
    const std::size_t slash = path.rfind('/');
    const std::string file = slash == std::string::npos ? std::string{} : asciiLower(path.substr(slash + 1));
    constexpr std::array<std::string_view, 6> kIndexes{"index.html", "index.htm",  "index.php",
                                                       "index.asp",  "index.aspx", "default.aspx"};
    if (std::find(kIndexes.begin(), kIndexes.end(), file) != kIndexes.end()) path.resize(slash + 1);
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

std::string keyQuery(std::string_view query) {
    std::vector<std::string_view> pairs;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (!pair.empty() && !isSessionKey(pair.substr(0, pair.find('=')))) pairs.push_back(pair);
    }
    std::sort(pairs.begin(), pairs.end());
    std::string out;
    for (const std::string_view pair : pairs) out += (out.empty() ? "?" : "&") + std::string(pair);
    return out;
}

}  // namespace

Site::Site(url::Url seed, Scope scope)
    : seed_(std::move(seed)), scope_(scope), domain_(url::registrableDomain(seed_.host.text)) {}

std::string Site::label() const {
    return domain_.substr(0, domain_.find('.'));
}

bool Site::contains(const url::Url& url) const {
    if (scope_ == Scope::Host) return withoutWww(url.host.text) == withoutWww(seed_.host.text);
    return url::registrableDomain(url.host.text) == domain_;
}

std::string Site::subdomainOf(const url::Url& url) const {
    const std::string& host = url.host.text;
    if (!host.ends_with('.' + domain_)) return {};
    const std::string_view before = std::string_view(host).substr(0, host.size() - domain_.size() - 1);
    if (before == "www") return {};
    return std::string(withoutWww(before));
}

url::Url Site::spelledAsSeed(url::Url url) const {
    const bool sameHost = withoutWww(url.host.text) == withoutWww(seed_.host.text);
    if (sameHost && url.port == 0 && seed_.port == 0) {
        url.scheme = seed_.scheme;
        url.host = seed_.host;
    }
    return url;
}

std::optional<url::Url> parseLink(std::string_view absolute) {
    const url::Options options{.mode = url::Mode::Lenient, .hosts = url::Hosts::Any};
    url::Normalised result = url::normalise(absolute, options);
    return std::move(result.url);
}

std::string identityKey(const url::Url& url) {
    const bool defaultPort = url.port == 0 || url.port == (url.scheme == "https" ? 443 : 80);
    return std::string(withoutWww(url.host.text)) + (defaultPort ? "" : ':' + std::to_string(url.port)) +
           keyPath(url.path) + keyQuery(url.query);
}

bool isServiceHost(std::string_view host) {
    constexpr std::array<std::string_view, 10> kFirst{"app.",    "login.",  "auth.", "api.",    "cdn.",
                                                      "static.", "assets.", "mail.", "status.", "staging."};
    return host.starts_with("dev.") ||
           std::any_of(kFirst.begin(), kFirst.end(), [&](auto name) { return host.starts_with(name); });
}

std::string targetOf(const url::Url& url) {
    return url.query.empty() ? url.path : url.path + '?' + url.query;
}

}  // namespace stepd::website
