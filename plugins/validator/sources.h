#pragma once

#include <optional>
#include <string>

#include "url/linkedin_url.h"
#include "url/url.h"
#include "validator/report.h"

namespace stepd::validator {

/// Where data about the registered person and company may come from.
struct Sources {
    std::optional<url::Url> website;
    bool schemeAssumed = false;
    std::optional<url::LinkedInPage> linkedin;
    std::string linkedinText;  ///< what was given when no page could be read from it

    /// `{"url", "host", "registrable_domain", "scheme_assumed"}` or null.
    Json websiteJson() const;
    /// `{"kind", "id", "id_type", "canonical_url", "dedupe_key", "locale"}` or null.
    Json linkedinJson() const;
    /// The LinkedIn URL for `input_data`: canonical, else as given, else null.
    Json linkedinUrl() const;
};

/// Reads `company_website` and `linkedin` of `data`. A website that is none is an error always; a LinkedIn URL that
/// leads to no page is one only without a website beside it, else a warning. Neither: `no_source`.
Sources readSources(const Json& data, const url::Options& options, Report& report);

}  // namespace stepd::validator
