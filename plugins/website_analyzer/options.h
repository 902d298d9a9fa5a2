#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stepd/outcome.h>

#include "website_analyzer/site.h"

namespace stepd::website {

/// The plugin's options: `stepd.yaml`'s with a step's `with` merged over them. README.md explains each.
struct Options {
    std::string product = "LeadIntelBot";
    std::string contactUrl;
    std::string contactEmail;
    std::string userAgent = "{product}/{version} (+{contact_url})";  ///< after fromJson: the header's value
    std::string acceptLanguage = "en,*;q=0.5";
    std::vector<std::string> preferredLanguages{"en"};
    std::size_t maxPages = 7;
    std::size_t maxUrlsDiscovered = 200;
    std::chrono::milliseconds totalTimeout{90'000};
    std::chrono::milliseconds requestTimeout{20'000};
    int maxRedirects = 5;
    std::size_t maxBodyBytes = 5U << 20;
    std::size_t perHostConcurrency = 2;
    std::chrono::milliseconds perHostDelay{500};
    Scope scope = Scope::Domain;
    bool respectRobots = true;
    bool respectTdmReservation = true;
    int retries = 2;
    std::chrono::milliseconds retryDelay{1'000};
    std::size_t contentMaxChars = 50'000;
    bool collectPersonalEmails = false;
    bool collectPeople = true;
    std::vector<std::string> optOutDomains;

    /// Throws InvalidConfig with all findings: unknown keys, wrong types, numbers out of range, nobody to contact.
    /// `version` stands in the user agent.
    static Options fromJson(const Json& json, std::string_view version);
};

}  // namespace stepd::website
