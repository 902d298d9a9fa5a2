#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "linkedin_collector/mapping.h"
#include "linkedin_collector/outcome_class.h"
#include "linkedin_collector/text_template.h"
#include "url/linkedin_url.h"

namespace stepd::linkedin {

/// How one request is made.
struct RequestShape {
    std::string method = "GET";
    TextTemplate url;
    std::vector<std::pair<std::string, TextTemplate>> query;
    std::vector<std::pair<std::string, TextTemplate>> headers;
    std::optional<TextTemplate> body;
};

/// What a provider does for one kind of page.
struct Operation {
    RequestShape request;
    ResponseShape response;
    std::vector<OutcomeRule> outcomes;
    bool poll = false;  ///< send the same request again while it is not ready
    Duration pollMaxWait{};
    Mapping map;
};

/// A data provider that the operator is entitled to use.
struct Provider {
    std::string name;
    std::map<std::string, std::string> secrets;  ///< name in templates -> name of the secret granted to the plugin
    std::set<url::LinkedInPage::IdType> idTypes;
    Duration timeout{};
    Duration minInterval{};
    int maxConcurrency = 2;
    std::map<url::LinkedInPage::Kind, Operation> operations;
};

struct Settings {
    Duration totalBudget{};
    Duration cacheTtl{};
    std::size_t cacheEntries = 0;
    std::uint64_t maxResponseBytes = 0;
    bool storeRaw = true;
    bool dropThirdParty = true;
    std::vector<std::string> presentWords;
    std::set<std::string> optOutPersons;  ///< SHA-256 of dedupe keys, lower-case hexadecimal
    std::vector<Provider> providers;      ///< tried in order

    /// Throws InvalidConfig that names the path of everything that is wrong.
    explicit Settings(const Json& options);
};

/// The providers used where the options name none, as JSON: ScrapingDog.
const char* defaultProviders();

}  // namespace stepd::linkedin
