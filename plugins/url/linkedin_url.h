#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "url/host.h"

namespace stepd::url {

/// A page of LinkedIn, read from its URL alone: nothing is ever asked of linkedin.com.
struct LinkedInPage {
    enum class Kind { Person, Company, School, Showcase };
    enum class IdType { Vanity, Numeric, MemberToken, DerivedFromPub };

    Kind kind = Kind::Person;
    IdType idType = IdType::Vanity;
    std::string id;                     ///< decoded, NFC, case kept: `jürgen-müller-1a2b3c`
    std::optional<std::string> locale;  ///< `de`, `de-DE`

    /// `https://www.linkedin.com/in/j%C3%BCrgen-m%C3%BCller-1a2b3c`
    std::string canonicalUrl() const;
    /// What two spellings of one page share: the id in lower case; member tokens keep their case.
    std::string dedupeKey() const;
};

/// `person`, `company`, `school`, `showcase`.
std::string_view toString(LinkedInPage::Kind kind);
/// `vanity`, `numeric`, `member_token`, `derived_from_pub`.
std::string_view toString(LinkedInPage::IdType type);

struct LinkedInResult {
    std::optional<LinkedInPage> page;
    Problem problem;  ///< why there is no page
};

/// Codes of refusal: those of `tidy` and `unsupported_scheme not_a_url looks_like_email credentials_not_allowed
/// not_linkedin short_link_unresolved no_profile_in_url invalid_profile_id not_a_profile legacy_url_unresolvable
/// sales_navigator_url recruiter_url unresolvable_urn`.
LinkedInResult parseLinkedIn(std::string_view text);

}  // namespace stepd::url
