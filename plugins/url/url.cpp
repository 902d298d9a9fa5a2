#include "url/url.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "url/percent.h"
#include "url/unicode.h"

namespace stepd::url {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool isAlpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isScheme(std::string_view text) {
    return !text.empty() && isAlpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
        return isAlpha(c) || isDigit(c) || c == '+' || c == '-' || c == '.';
    });
}

bool isWeb(std::string_view scheme) {
    return scheme == "http" || scheme == "https";
}

std::string_view withoutSlashes(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
    return text;
}

/// What follows `http:` or `https:`, in good or bad spelling, and whether it was a good one.
struct WebPrefix {
    std::string scheme;
    bool proper = false;
    std::string_view rest;
};

std::optional<WebPrefix> webPrefix(std::string_view text) {
    for (const std::string_view scheme : {"https", "http"}) {
        if (asciiLower(text.substr(0, scheme.size())) != scheme) continue;
        const std::string_view rest = text.substr(scheme.size());
        if (rest.starts_with("//")) return WebPrefix{std::string(scheme), false, withoutSlashes(rest)};
        if (!rest.starts_with(':')) continue;
        const std::string_view after = rest.substr(1);
        if (!after.empty() && isDigit(after.front())) continue;  // a host named `http` with a port
        const bool proper = after.starts_with("//") && !after.starts_with("///");
        return WebPrefix{std::string(scheme), proper, withoutSlashes(after)};
    }
    return {};
}

std::string_view unquoted(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPairs = {
        {{"<", ">"}, {"\"", "\""}, {"'", "'"}, {"`", "`"}, {"\u201C", "\u201D"}, {"\u2018", "\u2019"}}};
    for (const auto& [open, close] : kPairs)
        if (text.size() >= open.size() + close.size() && text.starts_with(open) && text.ends_with(close))
            return text.substr(open.size(), text.size() - open.size() - close.size());
    return text;
}

std::string_view withoutTrailingMarks(std::string_view text) {
    while (!text.empty() && (text.back() == ',' || text.back() == ';')) text = trim(text.substr(0, text.size() - 1));
    return text;
}

/// Absent: the port may not be used, and `problem` says why.
std::optional<int> portOf(std::string_view text, const std::string& scheme, const Options& options, Problem& problem) {
    if (text.size() <= 1) return 0;
    text.remove_prefix(1);
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535) {
        problem = {"invalid_port", "the port is a number from 1 to 65535"};
        return {};
    }
    if (port == (scheme == "http" ? 80 : 443)) return 0;
    const auto& allowed = options.allowedPorts;
    if (options.hosts == Hosts::PublicOnly && std::find(allowed.begin(), allowed.end(), port) == allowed.end()) {
        problem = {"port_not_allowed", "port " + std::to_string(port) + " is not allowed"};
        return {};
    }
    return port;
}

std::string withoutDotSegments(std::string_view path) {
    std::vector<std::string_view> kept;
    bool slashAtEnd = false;
    for (std::size_t at = 1; at <= path.size();) {
        const std::size_t slash = std::min(path.find('/', at), path.size());
        const std::string_view segment = path.substr(at, slash - at);
        slashAtEnd = slash == path.size() && (segment == "." || segment == "..");
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
        } else if (segment != ".") {
            kept.push_back(segment);
        }
        at = slash + 1;
    }
    std::string out;
    for (const auto& segment : kept) (out += '/') += segment;
    if (slashAtEnd || out.empty()) out += '/';
    return out;
}

std::string normaliseQuery(std::string_view query, Tracking tracking, bool& removed) {
    std::string out;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        if (pair.empty()) continue;
        if (tracking == Tracking::Strip && isTrackingKey(percentDecode(pair.substr(0, pair.find('='))))) {
            removed = true;
            continue;
        }
        if (!out.empty()) out += '&';
        out += canonicalEscapes(pair, Part::Query);
    }
    return out;
}

Normalised refused(Problem problem) {
    return {{}, std::move(problem), {}};
}

/// Path, query and fragment into `result`.
void addTail(Normalised& result, std::string_view rest, const Options& options) {
    Url& url = *result.url;
    const std::size_t hash = rest.find('#');
    const std::string_view fragment = hash == std::string_view::npos ? std::string_view{} : rest.substr(hash + 1);
    rest = rest.substr(0, hash);
    const std::size_t mark = rest.find('?');
    url.path = normalisePath(rest.substr(0, mark));
    bool removed = false;
    if (mark != std::string_view::npos) url.query = normaliseQuery(rest.substr(mark + 1), options.tracking, removed);
    if (removed) result.warnings.push_back({"tracking_removed", "parameters that only track visitors were removed"});
    if (hash == std::string_view::npos) return;
    if (options.mode == Mode::Strict)
        url.fragment = canonicalEscapes(fragment, Part::Fragment);
    else
        result.warnings.push_back({"fragment_removed", "the part from # on was removed"});
}

}  // namespace

std::string Url::origin() const {
    return scheme + "://" + host.text + (port == 0 ? "" : ":" + std::to_string(port));
}

std::string Url::text() const {
    return origin() + path + (query.empty() ? "" : "?" + query) + (fragment.empty() ? "" : "#" + fragment);
}

bool Normalised::warns(std::string_view code) const {
    return std::any_of(warnings.begin(), warnings.end(), [&](const Problem& w) { return w.code == code; });
}

Tidied tidy(std::string_view text, Mode mode, std::size_t maxBytes) {
    text = trim(text);
    if (mode == Mode::Lenient) text = trim(withoutTrailingMarks(trim(unquoted(withoutTrailingMarks(text)))));
    Tidied result;
    bool inQuery = false;
    for (const char c : text) {
        inQuery = inQuery || c == '?' || c == '#';
        if (c == '\t' || c == '\r' || c == '\n') continue;
        result.text += c == '\\' && !inQuery ? '/' : c;
    }
    if (result.text.size() > maxBytes) {
        result.problem = {"url_too_long", "the URL has more than " + std::to_string(maxBytes) + " bytes"};
        return result;
    }
    const auto points = codePoints(result.text);
    if (std::any_of(points.begin(), points.end(), isControl))
        result.problem = {"invalid_characters", "the URL holds control characters"};
    return result;
}

SchemeSplit splitScheme(std::string_view text) {
    using Form = SchemeSplit::Form;
    if (auto web = webPrefix(text)) {
        SchemeSplit split{web->scheme, web->proper ? Form::Written : Form::Repaired, web->rest};
        for (auto inner = webPrefix(split.rest); inner; inner = webPrefix(split.rest))
            split = {inner->scheme, Form::Repaired, inner->rest};
        return split;
    }
    if (text.starts_with("//")) return {"https", Form::Assumed, withoutSlashes(text)};
    const std::size_t mark = text.find_first_of(":/?#[@");
    const bool colon = mark != std::string_view::npos && text[mark] == ':';
    const bool digits = colon && mark + 1 < text.size() && isDigit(text[mark + 1]);
    if (colon && !digits) return {"", Form::Written, text.substr(mark + 1)};
    return {"https", Form::Assumed, text};
}

AuthoritySplit splitAuthority(std::string_view text) {
    AuthoritySplit split;
    const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
    std::string_view authority = text.substr(0, end);
    split.rest = text.substr(end);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        split.userInfo = authority.substr(0, at + 1);
        authority.remove_prefix(at + 1);
    }
    const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    split.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) split.port = authority.substr(colon);
    return split;
}

Normalised normalise(std::string_view text, const Options& options) {
    using Form = SchemeSplit::Form;
    const Tidied tidied = tidy(text, options.mode, options.maxBytes);
    if (tidied.problem) return refused(*tidied.problem);
    const SchemeSplit scheme = splitScheme(tidied.text);
    if (scheme.scheme.empty()) return refused({"unsupported_scheme", "only http and https are supported"});
    const AuthoritySplit authority = splitAuthority(scheme.rest);
    if (options.mode == Mode::Strict && scheme.form != Form::Written)
        return refused({"invalid_url", "the URL must begin with http:// or https://"});
    if (!authority.userInfo.empty()) {
        if (scheme.form == Form::Assumed) return refused({"looks_like_email", "this is an e-mail address, not a URL"});
        return refused({"credentials_not_allowed", "the URL must not hold a user name or password"});
    }
    HostResult host = parseHost(authority.host);
    if (!host.host) return refused(host.problem);
    if (options.hosts == Hosts::PublicOnly)
        if (auto problem = publicHostProblem(*host.host)) return refused(*problem);
    Normalised result;
    const auto port = portOf(authority.port, scheme.scheme, options, result.problem);
    if (!port) return result;

    result.url = Url{scheme.scheme, *host.host, *port, {}, {}, {}};
    if (scheme.form == Form::Assumed) result.warnings.push_back({"scheme_assumed", "https was assumed"});
    if (scheme.form == Form::Repaired) result.warnings.push_back({"scheme_repaired", "the scheme was repaired"});
    if (host.host->kind == Host::Kind::Name && !hasKnownTld(host.host->text))
        result.warnings.push_back({"unknown_tld", "the top-level domain is not known"});
    addTail(result, authority.rest, options);
    if (isSocialPlatform(registrableDomain(host.host->text)))
        result.warnings.push_back({"social_platform_url", "this is a page on a platform, not a site of its own"});
    return result;
}

std::string resolve(std::string_view base, std::string_view reference) {
    const std::string tidied = tidy(reference, Mode::Strict, reference.size()).text;
    const std::string_view text = tidied;
    const std::size_t mark = text.find_first_of(":/?#");
    if (mark != std::string_view::npos && text[mark] == ':' && isScheme(text.substr(0, mark)))
        return isWeb(asciiLower(text.substr(0, mark))) ? tidied : std::string{};
    const std::size_t scheme = base.find("://");
    if (scheme == std::string_view::npos) return {};
    base = base.substr(0, base.find('#'));
    if (text.starts_with("//")) return std::string(base.substr(0, scheme + 1)) + tidied;
    const std::size_t pathAt = std::min(base.find_first_of("/?", scheme + 3), base.size());
    const std::size_t queryAt = std::min(base.find('?', pathAt), base.size());
    const std::string origin(base.substr(0, pathAt));
    const std::string_view path = base.substr(pathAt, queryAt - pathAt);
    if (text.starts_with('/')) return origin + tidied;
    if (text.empty() || text.starts_with('#')) return std::string(base) + tidied;
    if (text.starts_with('?')) return origin + std::string(path) + tidied;
    const std::size_t slash = path.rfind('/');
    const std::string folder(slash == std::string_view::npos ? "/" : path.substr(0, slash + 1));
    return origin + folder + tidied;
}

std::string normalisePath(std::string_view path) {
    if (path.empty()) return "/";
    std::string out = withoutDotSegments(canonicalEscapes(path, Part::Path));
    if (out.size() > 1 && out.ends_with('/')) out.pop_back();
    return out;
}

bool isTrackingKey(std::string_view key) {
    static constexpr std::string_view kKeys[] = {
        "gclid",  "gbraid", "wbraid", "dclid",       "fbclid",  "msclkid",    "yclid",     "twclid",
        "ttclid", "igshid", "mc_cid", "mc_eid",      "_hsenc",  "_hsmi",      "li_fat_id", "hsctatracking",
        "_ga",    "_gl",    "trk",    "oly_anon_id", "vero_id", "oly_enc_id", "srsltid",   "mkt_tok"};
    const std::string lower = asciiLower(key);
    return lower.starts_with("utm_") || std::ranges::find(kKeys, lower) != std::end(kKeys);
}

}  // namespace stepd::url
