#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "website_analyzer/html_document.h"

namespace stepd::website {

/// How to reach the people behind a page. Each list is in order of appearance, without repetition.
struct PageContacts {
    std::vector<std::string> emails;  ///< lower case
    std::vector<std::string> phones;  ///< E.164 where the country is given, else as written
    std::map<std::string, std::string>
        social;  ///< network to profile: `linkedin`, `x`, `github`; header and footer first
};

/// Reads `mailto:`, `tel:` and Cloudflare-protected addresses, e-mail addresses in the text, and links to company
/// profiles.
PageContacts contactsOf(const HtmlDocument& page, const std::string& pageUrl);

/// `info@`, `sales@`: a mailbox of a function, not of a person.
bool isRoleMailbox(std::string_view email);
/// False for what only looks like an address (`logo@2x.png`) and for those of tools; an address on the site's own
/// domain passes.
bool isContactEmail(std::string_view email, std::string_view siteDomain);
/// The network of a company's or project's profile; empty for share buttons, posts and everything else.
std::string socialNetworkOf(std::string_view absoluteUrl);
/// `tel:+49 (0)89 123` and the like; empty if there are too few or too many digits.
std::string normalisedPhone(std::string_view text);
/// Cloudflare's `data-cfemail`: hexadecimal, the first byte is the key of an XOR. Empty if it is no such text.
std::string decodedCloudflareEmail(std::string_view hex);

}  // namespace stepd::website
