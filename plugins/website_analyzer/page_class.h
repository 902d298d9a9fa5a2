#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepd::website {

/// What a page is about, as its address tells.
enum class PageClass {
    Home,
    About,
    Team,
    Product,
    Strategy,
    Pricing,
    Culture,
    Imprint,
    Customers,
    Investors,
    News,
    Careers,
    Contact,
    Unknown,
    Blog,
    Support,
    Legal,
    Listing,
    Excluded,
};

/// `about`
std::string_view toString(PageClass pageClass);
/// `leadership`: the coarser word that readers of results know.
std::string_view categoryOf(PageClass pageClass);

/// What is known of a page before it is fetched.
struct PageAddress {
    std::string_view path;       ///< normalised, begins with `/`
    std::string_view query;      ///< without `?`
    std::string_view subdomain;  ///< what stands before the site's registrable domain: `careers`; empty, `www` for none
    std::size_t urlBytes = 0;    ///< of the whole URL
    std::string_view anchorText;  ///< of the first link to it; may be empty
    bool inNavigation = false;    ///< linked from the header or navigation of home
};

/// The site that the page belongs to.
struct SiteTraits {
    std::string label;                            ///< of the registrable domain: `acme` of acme.co.uk
    std::vector<std::string> preferredLanguages;  ///< `en`, `de`
};

struct PageScore {
    PageClass pageClass = PageClass::Unknown;
    int score = 0;         ///< 0 to 100; meaningless for Excluded
    std::string reason;    ///< the rule, in a short sentence
    std::string locale;    ///< the leading locale segment, lower case with `-`; empty: none
    bool foreign = false;  ///< the locale is none of the preferred languages
};

/// Scores a page by the segments of its path. Pure.
PageScore scorePage(const PageAddress& page, const SiteTraits& site);

/// True for file names that no HTML page has: pictures, archives, PDFs.
bool isDocumentPath(std::string_view path);

}  // namespace stepd::website
