#include "website_analyzer/options.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

/// Takes members out of a JSON object one by one and knows which were not asked for.
class OptionReader {
public:
    explicit OptionReader(const Json& json) : json_(json) {
        if (!json.is_null() && !json.is_object()) throw InvalidConfig("the options of website_analyzer must be a map");
    }

    void text(const char* key, std::string& into) {
        if (const Json* value = find(key)) {
            if (!value->is_string()) fail(key, "must be text");
            into = value->get<std::string>();
            const bool printable =
                std::none_of(into.begin(), into.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
            if (!printable) fail(key, "must not hold control characters");
        }
    }
    void texts(const char* key, std::vector<std::string>& into) {
        const Json* value = find(key);
        if (value == nullptr) return;
        if (!value->is_array()) fail(key, "must be a list of texts");
        into.clear();
        for (const Json& item : *value) {
            if (!item.is_string()) fail(key, "must be a list of texts");
            into.push_back(item.get<std::string>());
        }
    }
    void flag(const char* key, bool& into) {
        if (const Json* value = find(key)) {
            if (!value->is_boolean()) fail(key, "must be true or false");
            into = value->get<bool>();
        }
    }
    template <class Number>
    void number(const char* key, Number& into, std::int64_t low, std::int64_t high) {
        const Json* value = find(key);
        if (value == nullptr) return;
        const bool inRange = value->is_number_integer() && *value >= low && *value <= high;
        if (!inRange) fail(key, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
        into = static_cast<Number>(value->get<std::int64_t>());
    }
    void milliseconds(const char* key, std::chrono::milliseconds& into, std::int64_t low, std::int64_t high) {
        std::int64_t count = into.count();
        number(key, count, low, high);
        into = std::chrono::milliseconds(count);
    }
    void refuseOthers() const {
        for (const auto& [key, value] : json_.items())
            if (!known_.contains(key)) fail(key, "is no option of website_analyzer; its README lists them");
    }

private:
    [[noreturn]] static void fail(const std::string& key, const std::string& what) {
        throw InvalidConfig("'" + key + "' " + what);
    }

    const Json* find(const char* key) {
        known_.insert(key);
        const auto found = json_.find(key);
        return found == json_.end() || found->is_null() ? nullptr : &*found;
    }

    const Json& json_;
    std::set<std::string, std::less<>> known_;
};

void replaceAll(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

Scope parseScope(const std::string& text) {
    if (text == "host") return Scope::Host;
    if (text == "domain") return Scope::Domain;
    throw InvalidConfig("'scope' must be host or domain");
}

bool isToken(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return isAsciiAlnum(c) || c == '-' || c == '_'; });
}

void finishIdentity(Options& options, std::string_view version) {
    if (!isToken(options.product))
        throw InvalidConfig("'product' must be a robots.txt token: letters, digits, '-' and '_'");
    if (options.contactUrl.empty() && options.contactEmail.empty())
        throw InvalidConfig(
            "'contact_url' or 'contact_email' is missing: every request must tell site owners whom to ask");
    if (!options.contactUrl.empty() && !parseLink(options.contactUrl))
        throw InvalidConfig("'contact_url' is no http(s) URL");
    if (!options.contactEmail.empty() && options.contactEmail.find('@') == std::string::npos)
        throw InvalidConfig("'contact_email' is no e-mail address");
    replaceAll(options.userAgent, "{product}", options.product);
    replaceAll(options.userAgent, "{version}", version);
    replaceAll(options.userAgent, "{contact_email}", options.contactEmail);
    replaceAll(options.userAgent, "{contact_url}",
               options.contactUrl.empty() ? "mailto:" + options.contactEmail : options.contactUrl);
    const bool honest = options.userAgent.find(options.product) != std::string::npos;
    if (!honest) throw InvalidConfig("'user_agent' must name the product: robots.txt rules are looked up by it");
}

}  // namespace

Options Options::fromJson(const Json& json, std::string_view version) {
    Options options;
    std::string scope = "domain";
    OptionReader reader(json);
    reader.text("product", options.product);
    reader.text("contact_url", options.contactUrl);
    reader.text("contact_email", options.contactEmail);
    reader.text("user_agent", options.userAgent);
    reader.text("accept_language", options.acceptLanguage);
    reader.texts("preferred_languages", options.preferredLanguages);
    reader.number("max_pages", options.maxPages, 1, 100);
    reader.number("max_urls_discovered", options.maxUrlsDiscovered, 0, 5000);
    reader.milliseconds("total_timeout_ms", options.totalTimeout, 1000, 3'600'000);
    reader.milliseconds("request_timeout_ms", options.requestTimeout, 100, 120'000);
    reader.number("max_redirects", options.maxRedirects, 0, 20);
    reader.number("max_body_bytes", options.maxBodyBytes, 1024, 64 << 20);
    reader.number("per_host_concurrency", options.perHostConcurrency, 1, 8);
    reader.milliseconds("per_host_delay_ms", options.perHostDelay, 0, 60'000);
    reader.text("scope", scope);
    reader.flag("respect_robots", options.respectRobots);
    reader.flag("respect_tdm_reservation", options.respectTdmReservation);
    reader.number("retries", options.retries, 0, 10);
    reader.milliseconds("retry_delay_ms", options.retryDelay, 0, 60'000);
    reader.number("content_max_chars", options.contentMaxChars, 100, 1'000'000);
    reader.flag("collect_personal_emails", options.collectPersonalEmails);
    reader.flag("collect_people", options.collectPeople);
    reader.texts("opt_out_domains", options.optOutDomains);
    reader.refuseOthers();
    options.scope = parseScope(scope);
    finishIdentity(options, version);
    return options;
}

}  // namespace stepd::website
