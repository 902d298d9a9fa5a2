#include "validator/sources.h"

#include "url/unicode.h"

namespace stepd::validator {
namespace {

constexpr const char* kWebsite = "company_website";
constexpr const char* kLinkedIn = "linkedin";

/// What stands in a URL field.
struct Given {
    enum class State { Absent, Refused, Text };
    State state = State::Absent;
    std::string text;  ///< trimmed
};

Given readField(const Json& data, const char* field, url::Mode mode, Report& report) {
    const auto found = data.find(field);
    if (found == data.end() || found->is_null()) return {};
    if (!found->is_string()) {
        report.error(field, {"invalid_type", "the URL must be a string"});
        return {Given::State::Refused, {}};
    }
    std::string text(url::trim(found->get_ref<const std::string&>()));
    if (!text.empty()) return {Given::State::Text, std::move(text)};
    if (mode == url::Mode::Strict) {
        report.error(field, {"empty", "the URL is empty"});
        return {Given::State::Refused, {}};
    }
    report.warning(field, {"empty_url_ignored", "an empty URL was taken as none"});
    return {};
}

void readWebsite(const std::string& text, const url::Options& options, Sources& sources, Report& report) {
    auto normalised = url::normalise(text, options);
    if (!normalised.url) return report.error(kWebsite, normalised.problem);
    sources.schemeAssumed = normalised.warns("scheme_assumed");
    for (auto& warning : normalised.warnings) report.warning(kWebsite, std::move(warning));
    sources.website = std::move(normalised.url);
}

/// A LinkedIn profile that was put into the website's field; then there is no website.
bool movedFromWebsite(const std::string& text, const url::Options& options, Sources& sources, Report& report) {
    if (options.mode == url::Mode::Strict && !url::normalise(text, options).url) return false;
    auto parsed = url::parseLinkedIn(text);
    if (!parsed.page || parsed.page->kind != url::LinkedInPage::Kind::Person) return false;
    sources.linkedin = std::move(parsed.page);
    report.warning(kWebsite, {"linkedin_url_moved", "a LinkedIn profile was given as the website"});
    return true;
}

void readLinkedIn(const std::string& text, const url::Options& options, Sources& sources, Report& report) {
    if (options.mode == url::Mode::Strict) {
        const auto normalised = url::normalise(text, options);
        if (!normalised.url) return report.error(kLinkedIn, normalised.problem);
    }
    auto parsed = url::parseLinkedIn(text);
    if (!parsed.page) {
        sources.linkedinText = text;
        if (!sources.website) return report.error(kLinkedIn, parsed.problem);
        return report.warning(kLinkedIn, {"linkedin_unusable", parsed.problem.code + ": " + parsed.problem.message});
    }
    if (parsed.page->kind != url::LinkedInPage::Kind::Person)
        report.warning(kLinkedIn, {"linkedin_not_person", "the LinkedIn page is not one of a person"});
    sources.linkedin = std::move(parsed.page);
}

}  // namespace

Sources readSources(const Json& data, const url::Options& options, Report& report) {
    using State = Given::State;
    const Given website = readField(data, kWebsite, options.mode, report);
    const Given linkedin = readField(data, kLinkedIn, options.mode, report);
    Sources sources;
    if (website.state == State::Text) {
        const bool moved = linkedin.state == State::Absent && movedFromWebsite(website.text, options, sources, report);
        if (!moved) readWebsite(website.text, options, sources, report);
    }
    if (linkedin.state == State::Text) readLinkedIn(linkedin.text, options, sources, report);
    if (website.state == State::Absent && linkedin.state == State::Absent)
        report.error("registration_data", {"no_source", "give a company website, a LinkedIn URL, or both"});
    return sources;
}

Json Sources::websiteJson() const {
    if (!website) return nullptr;
    return {{"url", website->text()},
            {"host", website->host.text},
            {"registrable_domain", url::registrableDomain(website->host.text)},
            {"scheme_assumed", schemeAssumed}};
}

Json Sources::linkedinJson() const {
    if (!linkedin) return nullptr;
    return {
        {"kind", url::toString(linkedin->kind)},      {"id", linkedin->id},
        {"id_type", url::toString(linkedin->idType)}, {"canonical_url", linkedin->canonicalUrl()},
        {"dedupe_key", linkedin->dedupeKey()},        {"locale", linkedin->locale ? Json(*linkedin->locale) : Json()}};
}

Json Sources::linkedinUrl() const {
    if (linkedin) return linkedin->canonicalUrl();
    return linkedinText.empty() ? Json() : Json(linkedinText);
}

}  // namespace stepd::validator
