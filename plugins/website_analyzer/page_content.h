#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "website_analyzer/contacts.h"
#include "website_analyzer/json_ld.h"
#include "website_analyzer/links.h"
#include "website_analyzer/markdown.h"
#include "website_analyzer/metadata.h"

namespace stepd::website {

/// All that is taken out of one HTML page. Plain data: the tree it came from is gone.
struct PageContent {
    std::string charset;
    PageMetadata metadata;
    JsonLd jsonLd;
    std::vector<Link> links;
    PageContacts contacts;
    MarkdownBlocks blocks;  ///< the main content
    std::string
        visibleText;  ///< of the whole body, white space collapsed, at most 64 KiB: for questions such as "parked?"
    bool jsRequired = false;
    std::vector<std::string> warnings;  ///< codes: `html_degraded`, `invalid_characters`, `broken_json_ld`

    std::size_t words() const;  ///< of the main content
};

/// Reads a page; never fails, whatever the bytes. `url` is where it came from, `contentType` the header's value.
PageContent readPage(std::string_view bytes, std::string_view contentType, const std::string& url,
                     std::string_view productToken);

/// A page that says it is not there, though its status says it is: "not found" or 404 in title or heading, under 100
/// words.
bool isSoft404(const PageContent& page);
/// A domain for sale or at a parking service, by its wording.
bool isParked(const PageContent& page);
/// True for the hosts of parking services.
bool isParkingHost(std::string_view host);
/// The waiting pages of bot protection, by their title.
bool isChallengeTitle(std::string_view title);

}  // namespace stepd::website
