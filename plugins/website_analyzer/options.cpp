#include "website_analyzer/options.h"

#include <algorithm>
#include <cstdint>

#include "kit/option_reader.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

void replaceAll(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

bool isToken(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return isAsciiAlnum(c) || c == '-' || c == '_'; });
}

bool isPrintable(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

/// Who we are and whom to ask; site owners see it with every request.
void readIdentity(kit::OptionReader& reader, Options& options, std::string_view version) {
    options.product = reader.text("product", options.product);
    options.contactUrl = reader.text("contact_url", {});
    options.contactEmail = reader.text("contact_email", {});
    options.userAgent = reader.text("user_agent", options.userAgent);
    options.acceptLanguage = reader.text("accept_language", options.acceptLanguage);
    if (!isToken(options.product))
        reader.complain("product", "must be a robots.txt token: letters, digits, '-' and '_'");
    if (options.contactUrl.empty() && options.contactEmail.empty())
        reader.complain("contact_url", "or contact_email is missing: every request must tell site owners whom to ask");
    if (!options.contactUrl.empty() && !parseLink(options.contactUrl))
        reader.complain("contact_url", "is no http(s) URL");
    if (!options.contactEmail.empty() && options.contactEmail.find('@') == std::string::npos)
        reader.complain("contact_email", "is no e-mail address");

    replaceAll(options.userAgent, "{product}", options.product);
    replaceAll(options.userAgent, "{version}", version);
    replaceAll(options.userAgent, "{contact_email}", options.contactEmail);
    replaceAll(options.userAgent, "{contact_url}",
               options.contactUrl.empty() ? "mailto:" + options.contactEmail : options.contactUrl);
    if (options.userAgent.find(options.product) == std::string::npos)
        reader.complain("user_agent", "must name the product: robots.txt rules are looked up by it");
    if (!isPrintable(options.userAgent)) reader.complain("user_agent", "must not hold control characters");
    if (!isPrintable(options.acceptLanguage)) reader.complain("accept_language", "must not hold control characters");
}

}  // namespace

Options Options::fromJson(const Json& json, std::string_view version) {
    Options options;
    kit::OptionReader reader(json);
    const auto size = [&](const char* key, std::size_t initial, std::int64_t least, std::int64_t most) {
        return static_cast<std::size_t>(reader.number(key, static_cast<std::int64_t>(initial), least, most));
    };
    readIdentity(reader, options, version);
    options.preferredLanguages = reader.texts("preferred_languages", options.preferredLanguages);
    options.maxPages = size("max_pages", options.maxPages, 1, 100);
    options.maxUrlsDiscovered = size("max_urls_discovered", options.maxUrlsDiscovered, 0, 5000);
    options.totalTimeout = reader.millis("total_timeout_ms", options.totalTimeout.count(), 1000, 3'600'000);
    options.requestTimeout = reader.millis("request_timeout_ms", options.requestTimeout.count(), 100, 120'000);
    options.maxRedirects = static_cast<int>(reader.number("max_redirects", options.maxRedirects, 0, 20));
    options.maxBodyBytes = size("max_body_bytes", options.maxBodyBytes, 1024, 64 << 20);
    options.perHostConcurrency = size("per_host_concurrency", options.perHostConcurrency, 1, 8);
    options.perHostDelay = reader.millis("per_host_delay_ms", options.perHostDelay.count(), 0, 60'000);
    options.scope = reader.oneOf("scope", "domain", {"domain", "host"}) == "host" ? Scope::Host : Scope::Domain;
    options.respectRobots = reader.flag("respect_robots", options.respectRobots);
    options.respectTdmReservation = reader.flag("respect_tdm_reservation", options.respectTdmReservation);
    options.retries = static_cast<int>(reader.number("retries", options.retries, 0, 10));
    options.retryDelay = reader.millis("retry_delay_ms", options.retryDelay.count(), 0, 60'000);
    options.contentMaxChars = size("content_max_chars", options.contentMaxChars, 100, 1'000'000);
    options.collectPersonalEmails = reader.flag("collect_personal_emails", options.collectPersonalEmails);
    options.collectPeople = reader.flag("collect_people", options.collectPeople);
    options.optOutDomains = reader.texts("opt_out_domains", options.optOutDomains);
    reader.finish();
    return options;
}

}  // namespace stepd::website
