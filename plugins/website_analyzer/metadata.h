#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "website_analyzer/html_document.h"

namespace stepd::website {

/// What a page says of itself outside its text. Addresses are absolute; texts have their white space collapsed.
struct PageMetadata {
    std::string title;  ///< og:title, else `<title>`, else the first h1
    std::string documentTitle;
    std::string heading;      ///< the first h1
    std::string description;  ///< meta description, else og:description
    std::string canonical;    ///< the one distinct `rel=canonical`; empty if none or several
    std::string language;     ///< of `<html lang>`, else og:locale; as written
    std::string author;
    std::string published;
    std::string modified;
    std::string icon;
    std::vector<std::string> feeds;
    std::map<std::string, std::string> openGraph;  ///< without `og:`; the first of each
    std::map<std::string, std::string> twitter;    ///< without `twitter:`

    bool nofollow = false;  ///< `<meta name=robots>` or our own name: links are not for discovery
    bool noindex = false;
    bool tdmReserved = false;         ///< `<meta name=tdm-reservation content=1>`
    std::string refresh;              ///< where `<meta http-equiv=refresh>` leads within 5 s; empty: nowhere
    std::vector<std::string> jsonLd;  ///< texts of the `application/ld+json` scripts
};

/// `productToken` is our own name in `<meta name=...>`.
PageMetadata metadataOf(const HtmlDocument& page, const std::string& pageUrl, std::string_view productToken);

/// `5; url=/next`, as in the `Refresh` header: the address as written if the delay is at most 5 s; absent otherwise.
std::optional<std::string> refreshTarget(std::string_view value);

/// The words of a robots meta tag or an `X-Robots-Tag` value that concern us.
struct RobotsDirectives {
    bool nofollow = false;
    bool noindex = false;
};
RobotsDirectives robotsDirectives(std::string_view value);

}  // namespace stepd::website
