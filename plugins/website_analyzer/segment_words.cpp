#include "website_analyzer/segment_words.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

struct Words {
    PageClass pageClass;
    std::string_view list;  ///< between spaces
};

// clang-format off
constexpr std::array<Words, 17> kWords{{
    {PageClass::About,     "about about-us company mission who-we-are our-story history ueber-uns unternehmen a-propos "
                           "qui-sommes-nous sobre-nosotros quienes-somos empresa chi-siamo over-ons om-oss"},
    {PageClass::Team,      "team our-team leadership people management executives board founders fuehrung equipe equipo nosotros"},
    {PageClass::Product,   "products product services solutions platform offerings features industries use-cases produkte "
                           "leistungen loesungen produits servicios productos"},
    {PageClass::Strategy,  "vision strategy roadmap our-approach sustainability esg partners partnerships"},
    {PageClass::Pricing,   "pricing plans preise tarifs precios"},
    {PageClass::Culture,   "culture values life-at diversity"},
    {PageClass::Imprint,   "imprint impressum mentions-legales aviso-legal legal-notice colophon"},
    {PageClass::Customers, "customers clients case-studies success-stories testimonials references referenzen portfolio"},
    {PageClass::Investors, "investors investor-relations ir annual-report"},
    {PageClass::News,      "news newsroom press media presse announcements"},
    {PageClass::Careers,   "careers jobs join-us work-with-us karriere stellenangebote emplois empleo"},
    {PageClass::Contact,   "contact contact-us locations offices kontakt contacto"},
    {PageClass::Blog,      "blog insights articles magazine stories"},
    {PageClass::Support,   "docs documentation support help faq developers api status"},
    {PageClass::Legal,     "privacy terms cookie cookies legal gdpr datenschutz agb"},
    {PageClass::Listing,   "tag category author archive"},
    {PageClass::Excluded,  "login signin signup register account cart checkout search wp-admin wp-json feed rss cgi-bin"},
}};
// clang-format on

const std::unordered_map<std::string_view, PageClass>& dictionary() {
    static const auto words = [] {
        std::unordered_map<std::string_view, PageClass> map;
        for (const Words& row : kWords)
            for (std::string_view rest = row.list; !rest.empty();) {
                const std::size_t space = std::min(rest.find(' '), rest.size());
                map.emplace(rest.substr(0, space), row.pageClass);
                rest.remove_prefix(std::min(space + 1, rest.size()));
            }
        return map;
    }();
    return words;
}

std::optional<PageClass> lookUp(std::string_view word) {
    const auto found = dictionary().find(word);
    return found == dictionary().end() ? std::nullopt : std::optional(found->second);
}

std::string withDashes(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '_' || c == ' ' || c == '+'; }, '-');
    return text;
}

/// `über` as Germans write it in addresses: `ueber`.
std::string germanFolded(std::string_view text) {
    std::string spelled;
    for (std::size_t pos = 0; pos < text.size();) {
        const std::size_t start = pos;
        switch (decodeUtf8(text, pos)) {
            case 0xE4:
            case 0xC4: spelled += "ae"; break;
            case 0xF6:
            case 0xD6: spelled += "oe"; break;
            case 0xFC:
            case 0xDC: spelled += "ue"; break;
            default: spelled += text.substr(start, pos - start);
        }
    }
    return folded(spelled);
}

std::optional<PageClass> classOfWord(std::string_view word, std::string_view label) {
    if (const auto direct = lookUp(word)) return direct;
    if (label.size() < 2 || word.size() <= label.size() + 1) return std::nullopt;
    const std::string_view own = label;
    if (word.ends_with(own) && word[word.size() - own.size() - 1] == '-')
        return lookUp(word.substr(0, word.size() - own.size() - 1));
    if (word.starts_with(own) && word[own.size()] == '-') return lookUp(word.substr(own.size() + 1));
    return std::nullopt;
}

}  // namespace

std::optional<PageClass> classOfSegment(std::string_view segment, std::string_view siteLabel) {
    const std::string_view bare = trimmed(segment);
    if (bare.empty() || bare.size() > 64) return std::nullopt;
    if (const auto direct = classOfWord(withDashes(folded(bare)), siteLabel)) return direct;
    const std::string german = withDashes(germanFolded(bare));
    return classOfWord(german, siteLabel);
}

std::string localeOf(std::string_view segment) {
    constexpr std::array<std::string_view, 48> kLanguages{
        "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga", "gl",
        "he", "hi", "hr", "hu", "id", "is", "it", "ja", "kk", "ko", "lt", "lv", "mk", "ms", "nb", "nl",
        "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "th", "tr", "uk", "vi", "zh"};
    std::string name = asciiLower(segment);
    std::replace(name.begin(), name.end(), '_', '-');
    if (name.size() < 2 ||
        !std::binary_search(kLanguages.begin(), kLanguages.end(), std::string_view(name).substr(0, 2)))
        return {};
    if (name.size() == 2) return name;
    const std::string_view region = std::string_view(name).substr(2);
    const bool letters = std::all_of(region.begin() + 1, region.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return region.front() == '-' && (region.size() == 3 || region.size() == 5) && letters ? name : std::string{};
}

}  // namespace stepd::website
