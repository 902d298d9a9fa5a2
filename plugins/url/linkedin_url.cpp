#include "url/linkedin_url.h"

#include <algorithm>
#include <vector>

#include "url/percent.h"
#include "url/unicode.h"
#include "url/url.h"

namespace stepd::url {
namespace {

using Kind = LinkedInPage::Kind;
using IdType = LinkedInPage::IdType;

constexpr std::size_t kMostBytes = 2083;
constexpr int kMostWrappers = 3;

LinkedInResult refused(std::string code, std::string message) {
    return {{}, {std::move(code), std::move(message)}};
}

LinkedInResult notAProfile() {
    return refused("not_a_profile", "the LinkedIn page is no profile");
}

template <class... Words>
bool isOneOf(std::string_view text, Words... words) {
    return ((text == words) || ...);
}

bool isUnder(std::string_view host, std::string_view domain) {
    return host == domain ||
           (host.ends_with(domain) && host.size() > domain.size() && host[host.size() - domain.size() - 1] == '.');
}

bool isDigits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Tokens of LinkedIn's own API stand where a vanity name would; twenty characters tell them from `ACosta`.
bool isMemberToken(std::string_view id) {
    if (!id.starts_with("ACo") && !id.starts_with("ACw")) return false;
    if (!std::all_of(id.begin(), id.end(), isUnreserved)) return false;
    return id.size() >= 20 || id.substr(3).starts_with("AA");
}

/// Decoded, NFC and checked; absent if it can be no id.
std::optional<std::string> idFrom(std::string_view segment) {
    const std::string decoded = percentDecode(segment);
    if (!isUtf8(decoded)) return {};
    std::string id = toNfc(decoded);
    const auto points = codePoints(id);
    constexpr std::u32string_view kForbidden = U"/?#%<>\"\\^`{|}:,;@=&+";
    const bool bad = std::any_of(points.begin(), points.end(), [&](char32_t c) {
        return isSpace(c) || isControl(c) || isUnassigned(c) || isInvisible(c) ||
               kForbidden.find(c) != std::u32string_view::npos;
    });
    if (bad || points.size() < 3 || points.size() > 100) return {};
    return id;
}

LinkedInResult pageOf(Kind kind, std::string_view segment, std::optional<IdType> type = {}) {
    const auto id = idFrom(segment);
    if (!id) return refused("invalid_profile_id", "the id in the LinkedIn URL is not valid");
    IdType guessed = IdType::Vanity;
    if (kind == Kind::Person && isMemberToken(*id)) guessed = IdType::MemberToken;
    if (kind != Kind::Person && isDigits(*id)) guessed = IdType::Numeric;
    return {LinkedInPage{kind, type.value_or(guessed), *id, {}}, {}};
}

/// `de`, `de_DE` and `de-de` as BCP 47 writes them.
std::optional<std::string> localeFrom(std::string_view text) {
    const auto alpha = [&](std::size_t i) { return (text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z'; };
    if (text.size() != 2 && text.size() != 5) return {};
    if (!alpha(0) || !alpha(1)) return {};
    std::string locale = asciiLower(text.substr(0, 2));
    if (text.size() == 2) return locale;
    if ((text[2] != '_' && text[2] != '-') || !alpha(3) || !alpha(4)) return {};
    locale += '-';
    for (const char c : text.substr(3)) locale += static_cast<char>(c & ~0x20);
    return locale;
}

std::vector<std::string_view> segmentsOf(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        const std::size_t slash = std::min(path.find('/'), path.size());
        if (slash > 0) segments.push_back(path.substr(0, slash));
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return segments;
}

/// The decoded value of the first of `keys` in a query.
std::optional<std::string> parameter(std::string_view query, std::initializer_list<std::string_view> keys) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string key = asciiLower(pair.substr(0, equals));
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) return percentDecode(pair.substr(equals + 1));
    }
    return {};
}

/// `/pub/NAME/a7/576/b50`: the modern id is NAME, then third, second (both three digits) and first number.
LinkedInResult oldPublicProfile(const std::vector<std::string_view>& segments) {
    if (segments.size() < 2) return refused("no_profile_in_url", "the LinkedIn URL names no profile");
    if (asciiLower(segments[1]) == "dir") return notAProfile();
    const auto legacy = [] { return refused("legacy_url_unresolvable", "this old LinkedIn URL cannot be resolved"); };
    if (segments.size() < 5) return legacy();
    std::string numbers;
    for (const std::size_t at : {4U, 3U, 2U}) {
        const std::string digits = asciiLower(segments[at]);
        if (digits.size() > 3 || digits.find_first_not_of("0123456789abcdef") != std::string::npos) return legacy();
        if (at != 2) numbers.append(3 - digits.size(), '0');
        numbers += digits;
    }
    return pageOf(Kind::Person, std::string(segments[1]) + "-" + numbers, IdType::DerivedFromPub);
}

std::optional<Kind> kindOf(std::string_view word) {
    if (word == "in") return Kind::Person;
    if (isOneOf(word, "company", "company-beta")) return Kind::Company;
    if (word == "school") return Kind::School;
    if (word == "showcase") return Kind::Showcase;
    return {};
}

LinkedInResult parseText(std::string_view text, int wrappers);

/// A login page that would have led on to a profile.
LinkedInResult parseWrapped(std::string_view query, int wrappers) {
    const auto target = parameter(query, {"sessionredirect", "session_redirect"});
    if (!target || wrappers >= kMostWrappers) return refused("no_profile_in_url", "the LinkedIn URL names no profile");
    return parseText(*target, wrappers + 1);
}

LinkedInResult parsePath(std::string_view rest, int wrappers) {
    rest = rest.substr(0, rest.find('#'));
    const std::size_t mark = std::min(rest.find('?'), rest.size());
    const std::string_view query = mark == rest.size() ? std::string_view{} : rest.substr(mark + 1);
    auto segments = segmentsOf(rest.substr(0, mark));
    while (!segments.empty() &&
           isOneOf(asciiLower(segments.front()), "mwlite", "comm", "m", "incareer", "public-profile"))
        segments.erase(segments.begin());
    if (segments.empty()) return refused("no_profile_in_url", "the LinkedIn URL names no profile");

    const std::string first = asciiLower(segments.front());
    if (isOneOf(first, "authwall", "uas", "login", "signup", "checkpoint")) return parseWrapped(query, wrappers);
    if (first == "sales") return refused("sales_navigator_url", "Sales Navigator pages are private to their user");
    if (isOneOf(first, "talent", "recruiter"))
        return refused("recruiter_url", "Recruiter pages are private to their user");
    if (first == "profile") return refused("legacy_url_unresolvable", "this old LinkedIn URL cannot be resolved");
    if (first == "pub") return oldPublicProfile(segments);
    const auto kind = kindOf(first);
    if (!kind) return notAProfile();
    if (segments.size() < 2) return refused("no_profile_in_url", "the LinkedIn URL names no profile");
    LinkedInResult result = pageOf(*kind, segments[1]);
    if (!result.page) return result;
    if (*kind == Kind::Person && segments.size() > 2) result.page->locale = localeFrom(segments[2]);
    if (const auto locale = parameter(query, {"locale"}); locale && !result.page->locale)
        result.page->locale = localeFrom(*locale);
    return result;
}

LinkedInResult parseUrn(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    const std::string type = asciiLower(text.substr(0, colon));
    const std::string_view id = text.substr(colon + 1);
    const bool profile = isOneOf(type, "urn:li:fsd_profile", "urn:li:fs_profile", "urn:li:fs_miniprofile");
    if (profile && isMemberToken(id)) return pageOf(Kind::Person, id);
    return refused("unresolvable_urn", "this URN means something inside one LinkedIn application only");
}

/// True for `/in/jane` and `in/jane`: a path of LinkedIn without its host.
bool isBarePath(std::string_view text) {
    const std::string first = asciiLower(text.substr(0, text.find('/')));
    return text.starts_with('/') ? !text.starts_with("//")
                                 : text.find('/') != std::string_view::npos && (first == "pub" || kindOf(first));
}

LinkedInResult parseText(std::string_view text, int wrappers) {
    if (asciiLower(text.substr(0, 4)) == "urn:") return parseUrn(text);
    const SchemeSplit scheme = splitScheme(text);
    if (scheme.scheme.empty()) return refused("unsupported_scheme", "only http and https are supported");
    if (scheme.form == SchemeSplit::Form::Assumed && isBarePath(text)) return parsePath(text, wrappers);
    const AuthoritySplit authority = splitAuthority(scheme.rest);
    if (!authority.userInfo.empty()) {
        if (scheme.form == SchemeSplit::Form::Assumed)
            return refused("looks_like_email", "this is an e-mail address, not a LinkedIn URL");
        return refused("credentials_not_allowed", "the URL must not hold a user name or password");
    }
    const HostResult host = parseHost(authority.host);
    if (!host.host || host.host->text.find('.') == std::string::npos)
        return refused("not_a_url", "this is not a LinkedIn URL");
    if (isUnder(host.host->text, "lnkd.in"))
        return refused("short_link_unresolved", "short links are not followed; give the profile's own URL");
    if (!isUnder(host.host->text, "linkedin.com") && !isUnder(host.host->text, "linkedin.cn"))
        return refused("not_linkedin", "the URL does not lead to LinkedIn");
    return parsePath(authority.rest, wrappers);
}

}  // namespace

std::string_view toString(LinkedInPage::Kind kind) {
    switch (kind) {
        case Kind::Person: return "person";
        case Kind::Company: return "company";
        case Kind::School: return "school";
        case Kind::Showcase: return "showcase";
    }
    return "";
}

std::string_view toString(LinkedInPage::IdType type) {
    switch (type) {
        case IdType::Vanity: return "vanity";
        case IdType::Numeric: return "numeric";
        case IdType::MemberToken: return "member_token";
        case IdType::DerivedFromPub: return "derived_from_pub";
    }
    return "";
}

std::string LinkedInPage::canonicalUrl() const {
    const std::string_view folder = kind == Kind::Person ? "in" : toString(kind);
    return "https://www.linkedin.com/" + std::string(folder) + "/" + percentEncode(id);
}

std::string LinkedInPage::dedupeKey() const {
    return idType == IdType::MemberToken ? id : toLower(id);
}

LinkedInResult parseLinkedIn(std::string_view text) {
    const Tidied tidied = tidy(text, Mode::Lenient, kMostBytes);
    if (tidied.problem) return {{}, *tidied.problem};
    return parseText(tidied.text, 0);
}

}  // namespace stepd::url
