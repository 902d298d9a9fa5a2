#include "website_analyzer/contacts.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "url/host.h"
#include "url/percent.h"
#include "url/url.h"
#include "website_analyzer/links.h"
#include "website_analyzer/site.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxEach = 50;

void addOnce(std::vector<std::string>& list, std::string value) {
    const bool present = std::find(list.begin(), list.end(), value) != list.end();
    if (!value.empty() && !present && list.size() < kMaxEach) list.push_back(std::move(value));
}

bool isLocalPart(char c) {
    return isAsciiAlnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%';
}
bool isDomainPart(char c) {
    return isAsciiAlnum(c) || c == '.' || c == '-';
}

/// The address around the `@` at `at`, lower case; empty if there is none.
std::string emailAround(std::string_view text, std::size_t at) {
    std::size_t start = at;
    while (start > 0 && at - start < 64 && isLocalPart(text[start - 1])) --start;
    std::size_t end = at + 1;
    while (end < text.size() && end - at < 254 && isDomainPart(text[end])) ++end;
    while (end > at + 1 && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
    while (start < at && (text[start] == '.' || text[start] == '-' || text[start] == '+')) ++start;
    const std::string_view domain = text.substr(at + 1, end - at - 1);
    const std::size_t dot = domain.rfind('.');
    const bool valid = start < at && dot != std::string_view::npos && dot > 0 && domain.size() - dot > 2 &&
                       std::all_of(domain.begin() + static_cast<std::ptrdiff_t>(dot) + 1, domain.end(),
                                   [](char c) { return isAsciiAlnum(c) && !(c >= '0' && c <= '9'); });
    return valid ? asciiLower(text.substr(start, end - start)) : std::string{};
}

void addEmailsOfText(std::string_view text, std::vector<std::string>& emails) {
    for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1))
        addOnce(emails, emailAround(text, at));
}

std::vector<std::string> segmentsOf(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0) segments.push_back(asciiLower(path.substr(0, end)));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return segments;
}

/// One walk over the page.
void takeLink(HtmlNode node, const std::string& pageUrl, bool prominent, PageContacts& out,
              std::map<std::string, std::string>& others) {
    const std::string_view href = trimmed(node.attributeOr("href"));
    if (startsWithIgnoringCase(href, "mailto:")) {
        const std::string address = url::percentDecode(href.substr(7, std::min(href.find('?'), href.size()) - 7));
        return addEmailsOfText(address, out.emails);
    }
    if (startsWithIgnoringCase(href, "tel:"))
        return addOnce(out.phones, normalisedPhone(url::percentDecode(href.substr(4))));
    if (href.empty() || href.size() > 2083) return;
    const std::string target = url::resolve(pageUrl, href);
    std::string network = target.empty() ? std::string{} : socialNetworkOf(target);
    if (network.empty() && hasWord(node.attributeOr("rel"), "me") && target.find("/@") != std::string::npos)
        network = "mastodon";
    if (!network.empty()) (prominent ? out.social : others).emplace(network, target);
}

}  // namespace

PageContacts contactsOf(const HtmlDocument& page, const std::string& pageUrl) {
    PageContacts out;
    std::map<std::string, std::string> others;  // links in the text: only where header and footer have none
    const HtmlNode root = page.root();
    HtmlNode frame;
    HtmlNode afterFrame;
    for (HtmlNode node = root; node;) {
        if (frame && node == afterFrame) frame = {};
        if (!frame && (node.is("header") || node.is("footer"))) {
            frame = node;
            afterFrame = node.followingSkippingChildren(root);
        }
        if (node.isText()) addEmailsOfText(node.characters(), out.emails);
        if (node.is("a")) takeLink(node, pageUrl, static_cast<bool>(frame), out, others);
        if (const auto secret = node.attribute("data-cfemail"))
            addEmailsOfText(decodedCloudflareEmail(*secret), out.emails);
        const bool silent = node.is("script") || node.is("style") || node.is("template");
        node = silent ? node.followingSkippingChildren(root) : node.following(root);
    }
    out.social.merge(others);
    return out;
}

bool isRoleMailbox(std::string_view email) {
    constexpr std::array<std::string_view, 36> kRoles{"accounting",  "admin",     "bewerbung",
                                                      "billing",     "career",    "careers",
                                                      "contact",     "contacto",  "customerservice",
                                                      "datenschutz", "dpo",       "enquiries",
                                                      "feedback",    "hello",     "help",
                                                      "hi",          "hr",        "impressum",
                                                      "info",        "inquiries", "investors",
                                                      "ir",          "jobs",      "kontakt",
                                                      "legal",       "mail",      "marketing",
                                                      "media",       "office",    "press",
                                                      "presse",      "privacy",   "sales",
                                                      "security",    "support",   "webmaster"};
    std::string local = asciiLower(email.substr(0, email.find('@')));
    local.resize(std::min(local.find_first_of("+.-_"), local.size()));
    return std::find(kRoles.begin(), kRoles.end(), local) != kRoles.end() || local == "service" || local == "team" ||
           local == "vertrieb";
}

bool isContactEmail(std::string_view email, std::string_view siteDomain) {
    const std::string domain(email.substr(std::min(email.find('@') + 1, email.size())));
    if (domain == siteDomain || domain.ends_with('.' + std::string(siteDomain))) return true;
    constexpr std::array<std::string_view, 9> kFileEndings{".png", ".jpg", ".jpeg", ".gif", ".webp",
                                                           ".svg", ".css", ".js",   ".avif"};
    const auto ends = [&](std::string_view ending) { return domain.ends_with(ending); };
    if (std::any_of(kFileEndings.begin(), kFileEndings.end(), ends)) return false;
    const std::string owner = url::registrableDomain(domain);
    return owner != "example.com" && owner != "example.org" && owner != "sentry.io" && owner != "wixpress.com" &&
           owner != "domain.com";
}

std::string socialNetworkOf(std::string_view absoluteUrl) {
    const auto url = parseLink(absoluteUrl);
    if (!url) return {};
    const std::string domain = url::registrableDomain(url->host.text);
    const std::vector<std::string> path = segmentsOf(url->path);
    if (path.empty()) return {};
    constexpr std::array<std::string_view, 13> kActions{"share",  "sharer",  "sharer.php",  "sharing", "intent",
                                                        "dialog", "plugins", "hashtag",     "search",  "watch",
                                                        "login",  "home",    "sharearticle"};
    if (std::find(kActions.begin(), kActions.end(), path[0]) != kActions.end()) return {};

    if (domain == "linkedin.com")
        return path.size() >= 2 && (path[0] == "company" || path[0] == "school") ? "linkedin" : "";
    if (domain == "youtube.com") {
        const bool channel = path[0].starts_with('@') ||
                             ((path[0] == "channel" || path[0] == "c" || path[0] == "user") && path.size() >= 2);
        return channel ? "youtube" : "";
    }
    if (domain == "x.com" || domain == "twitter.com") return path.size() == 1 && path[0] != "i" ? "x" : "";
    if (domain == "facebook.com") return path[0] == "pages" || path.size() == 1 ? "facebook" : "";
    if (domain == "instagram.com") return path.size() == 1 ? "instagram" : "";
    if (domain == "github.com") return path.size() == 1 ? "github" : "";
    if (domain == "tiktok.com") return path[0].starts_with('@') && path.size() == 1 ? "tiktok" : "";
    if (domain == "xing.com") return path[0] == "companies" || path[0] == "pages" ? "xing" : "";
    if (domain == "crunchbase.com") return path[0] == "organization" && path.size() >= 2 ? "crunchbase" : "";
    return {};
}

std::string normalisedPhone(std::string_view text) {
    const std::string written = collapsed(text.substr(0, std::min<std::size_t>(text.size(), 64)));
    std::string digits;
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written.compare(i, 3, "(0)") == 0)
            i += 2;  // the trunk zero of "+49 (0)89"
        else if (written[i] >= '0' && written[i] <= '9')
            digits += written[i];
    }
    if (digits.size() < 6 || digits.size() > 17) return {};
    if (written.starts_with('+')) return '+' + digits;
    if (digits.starts_with("00")) return '+' + digits.substr(2);
    return written;
}

std::string decodedCloudflareEmail(std::string_view hex) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size() && hex.size() <= 600; at += 2) {
        unsigned value = 0;
        const auto [end, error] = std::from_chars(hex.data() + at, hex.data() + at + 2, value, 16);
        if (error != std::errc{} || end != hex.data() + at + 2) return {};
        bytes += static_cast<char>(value);
    }
    std::string out;
    for (std::size_t i = 1; i < bytes.size(); ++i) out += static_cast<char>(bytes[i] ^ bytes[0]);
    return out;
}

}  // namespace stepd::website
