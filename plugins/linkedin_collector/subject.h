#pragma once

#include <stepd/step.h>

#include <optional>
#include <string>

#include "url/linkedin_url.h"

namespace stepd::linkedin {

/// Whom a registration asks about.
struct Subject {
    std::optional<url::LinkedInPage> page;
    std::string skipReason;  ///< why there is no page: `no_linkedin_url`, or the code of the URL
    std::string url;         ///< canonical, or as given
    std::string firstName;   ///< as registered
    std::string lastName;

    /// `input` is the validator's output. Absent if it is not.
    static std::optional<Subject> of(const Json& input);
};

}  // namespace stepd::linkedin
