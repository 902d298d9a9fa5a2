#include "linkedin_collector/settings.h"

#include "linkedin_collector/derived.h"
#include "linkedin_collector/provider_reader.h"
#include "url/unicode.h"

namespace stepd::linkedin {

const char* defaultProviders() {
    return R"json([{
      "name": "scrapingdog",
      "secrets": {"key": "SCRAPINGDOG_API_KEY"},
      "id_types": ["vanity", "derived_from_pub"],
      "timeout_ms": 60000,
      "min_interval_ms": 0,
      "max_concurrency": 2,
      "operations": {"person": {
        "request": {"method": "GET", "url": "https://api.scrapingdog.com/profile/",
                    "query": {"api_key": "{{secret.key}}", "type": "profile", "id": "{{id}}", "premium": "true"}},
        "response": {"root": ["/0", ""], "require_any": ["/fullName", "/first_name", "/public_identifier"]},
        "outcomes": [
          {"status": 202, "class": "not_ready", "delay_ms": 30000},
          {"status": 200, "when": {"pointer": "/message", "matches": "(?i)try again|2-3 minutes"}, "class": "not_ready", "delay_ms": 60000},
          {"status": 200, "when": {"pointer": "/success", "equals": false}, "class": "not_found"},
          {"status": 403, "when": {"pointer": "/message", "matches": "(?i)limit|credit"}, "class": "quota"}],
        "poll": {"mode": "repeat", "max_wait_ms": 180000},
        "map": {
          "full_name": ["/fullName", "/full_name", "/name"],
          "first_name": ["/first_name", "/firstName"],
          "last_name": ["/last_name", "/lastName"],
          "headline": "/headline", "location": "/location",
          "profile_id": ["/public_identifier", "/publicIdentifier"],
          "followers": "/followers", "connections": "/connections", "about": ["/about", "/summary"],
          "profile_photo": "/profile_photo",
          "background_image": ["/background_cover_image_url", "/background_image"],
          "experience": {"from": ["/experience", "/experiences"], "each": {
            "position": ["/position", "/title"], "company_name": ["/company_name", "/company"],
            "company_url": ["/company_url", "/company_link"], "location": "/location", "summary": ["/summary", "/description"],
            "starts_at": "/starts_at", "ends_at": "/ends_at"}},
          "education": {"from": "/education", "each": {
            "school": ["/college_name", "/school"], "degree": ["/college_degree", "/degree"],
            "field_of_study": ["/college_degree_field", "/field_of_study"], "starts_at": "/starts_at", "ends_at": "/ends_at",
            "period": "/college_duration"}},
          "certifications": {"from": ["/certification", "/certifications"], "each": {
            "name": ["/certification", "/name", "/title"], "organization": ["/company_name", "/organization"],
            "issued": ["/issue_date", "/issued"], "url": "/credential_url"}},
          "volunteering": {"from": "/volunteering", "each": {
            "role": ["/company_position", "/position", "/title"], "organization": ["/company_name", "/organization"],
            "summary": "/summary", "starts_at": "/starts_at", "ends_at": "/ends_at"}}
        }}}}])json";
}

Settings::Settings(const Json& options) {
    static const Json defaults = Json::parse(defaultProviders());
    kit::OptionReader reader(options);
    const Duration timeout = reader.millis("timeout_ms", 30'000, 100, 600'000);
    maxResponseBytes = static_cast<std::uint64_t>(reader.number("max_response_bytes", 4 << 20, 1024, 64 << 20));
    totalBudget = reader.millis("total_budget_ms", 240'000, 1'000, 3'600'000);
    cacheTtl = std::chrono::seconds(reader.number("cache_ttl_s", 604'800, 0, 31'536'000));
    cacheEntries = static_cast<std::size_t>(reader.number("cache_max_entries", 100, 0, 10'000));
    storeRaw = reader.flag("store_raw", true);
    dropThirdParty = reader.flag("drop_third_party", true);
    presentWords = reader.texts("present_words", defaultPresentWords());
    for (const std::string& hash : reader.texts("opt_out_persons", {})) {
        const std::string lower = url::asciiLower(hash);
        if (lower.size() != 64 || lower.find_first_not_of("0123456789abcdef") != std::string::npos)
            reader.complain("opt_out_persons", "must hold SHA-256 sums of dedupe keys in hexadecimal");
        optOutPersons.insert(lower);
    }
    const Json* list = reader.find("providers");
    if (list != nullptr && !list->is_array()) reader.complain("providers", "must be a list");
    const Json& items = list != nullptr && list->is_array() ? *list : defaults;
    for (std::size_t i = 0; i < items.size(); ++i)
        providers.push_back(readProvider(reader.nested(items[i], "providers/" + std::to_string(i)), timeout));
    std::set<std::string> names;
    for (const auto& provider : providers)
        if (!names.insert(provider.name).second) reader.complain("providers", "has two named " + provider.name);
    reader.finish();
}

}  // namespace stepd::linkedin
