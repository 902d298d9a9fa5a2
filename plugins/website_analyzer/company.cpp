#include "website_analyzer/company.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "website_analyzer/company_name.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

Json fact(Json value, const char* source, const std::string& url, double confidence) {
    return {{"value", std::move(value)}, {"source", source}, {"url", url}, {"confidence", confidence}};
}

struct Organization {
    const Json* object = nullptr;
    std::string page;
};

/// The one whose `url` is on the site; else the first that names no other site.
Organization organizationOf(const std::vector<CompanyPage>& pages, const Site& site) {
    Organization fallback;
    for (const CompanyPage& page : pages)
        for (const Json& object : page.content->jsonLd.objects) {
            if (!isOrganization(object)) continue;
            const std::string address = textMember(object, "url");
            const auto url = address.empty() ? std::nullopt : parseLink(url::resolve(page.url, address));
            if (url && site.contains(*url)) return {&object, page.url};
            if (address.empty() && fallback.object == nullptr) fallback = {&object, page.url};
        }
    return fallback;
}

std::string addressText(const Json& value, int depth = 0) {
    if (value.is_string()) return collapsed(value.get_ref<const std::string&>());
    if (value.is_array()) return value.empty() || depth > 2 ? std::string{} : addressText(value.front(), depth + 1);
    std::string out;
    for (const char* key : {"streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"}) {
        const std::string part = textMember(value, key);
        if (part.empty()) continue;
        const bool afterCode = std::string_view(key) == "addressLocality" && !textMember(value, "postalCode").empty();
        out += (out.empty() ? "" : afterCode ? " " : ", ") + part;
    }
    return out;
}

/// A number, a value or a span in any of the spellings of schema.org: `{"min": 50, "max": 99}`; null for anything else.
Json employeesOf(const Json& organization) {
    const auto member = organization.find("numberOfEmployees");
    if (member == organization.end()) return nullptr;
    const auto number = [](const std::string& text) -> Json {
        long value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = error == std::errc{} && end == text.data() + text.size() && value >= 0;
        return whole ? Json(value) : Json();
    };
    Json low = number(textMember(*member, "minValue"));
    Json high = number(textMember(*member, "maxValue"));
    if (low.is_null() && high.is_null()) low = high = number(textMember(*member, "value"));
    if (low.is_null() && high.is_null()) low = high = number(textMember(organization, "numberOfEmployees"));
    if (low.is_null() && high.is_null()) return nullptr;
    return {{"min", low}, {"max", high}};
}

void addOnce(Json& list, Json item) {
    for (const Json& known : list)
        if (known.at("value") == item.at("value")) return;
    if (list.size() < 50) list.push_back(std::move(item));
}

/// Collects what each source has to say; a fact once set stays, so sources are asked best first.
class CompanyWriter {
public:
    CompanyWriter(const std::vector<CompanyPage>& pages, const Site& site, const Options& options)
        : pages_(pages), site_(site), options_(options) {
        for (const char* key : {"name", "legal_name", "description", "founded", "employees", "address"})
            out_[key] = nullptr;
        out_["phones"] = out_["emails"] = Json::array();
        out_["vat_id"] = nullptr;
        out_["social"] = Json::object();
        out_["logo"] = nullptr;
        out_["languages"] = out_["people"] = Json::array();
    }

    Json write() {
        const Organization organization = organizationOf(pages_, site_);
        if (organization.object != nullptr) takeOrganization(*organization.object, organization.page);
        for (const CompanyPage& page : pages_) takeMeta(page);
        for (const CompanyPage& page : pages_) takeContacts(page);
        for (const CompanyPage& page : pages_) takePeople(page);
        takeName();
        return std::move(out_);
    }

private:
    void set(const char* key, Json value, const char* source, const std::string& url, double confidence) {
        const bool empty = value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty());
        if (out_[key].is_null() && !empty) out_[key] = fact(std::move(value), source, url, confidence);
    }
    void addEmail(const std::string& email, const char* source, const std::string& url, double confidence) {
        const bool role = isRoleMailbox(email);
        if (!isContactEmail(email, site_.registrableDomain()) || (!role && !options_.collectPersonalEmails)) return;
        Json item = fact(email, source, url, confidence);
        item["role"] = role;
        addOnce(out_["emails"], std::move(item));
    }
    void addPhone(const std::string& phone, const char* source, const std::string& url, double confidence) {
        if (const std::string normalised = normalisedPhone(phone); !normalised.empty())
            addOnce(out_["phones"], fact(normalised, source, url, confidence));
    }
    void addSocial(const std::string& network, const std::string& url) {
        if (!out_["social"].contains(network)) out_["social"][network] = url;
    }

    void takeOrganization(const Json& object, const std::string& url) {
        set("name", textMember(object, "name"), "jsonld", url, 0.9);
        set("legal_name", textMember(object, "legalName"), "jsonld", url, 0.9);
        set("description", textMember(object, "description"), "jsonld", url, 0.9);
        set("founded", textMember(object, "foundingDate"), "jsonld", url, 0.9);
        set("employees", employeesOf(object), "jsonld", url, 0.9);
        set("vat_id", textMember(object, "vatID"), "jsonld", url, 0.9);
        if (const auto address = object.find("address"); address != object.end())
            set("address", addressText(*address), "jsonld", url, 0.9);
        if (const std::string logo = textMember(object, "logo"); !logo.empty())
            set("logo", url::resolve(url, logo), "jsonld", url, 0.9);
        for (const std::string& profile : textMembers(object, "sameAs"))
            if (const std::string network = socialNetworkOf(profile); !network.empty()) addSocial(network, profile);
        takeContactPoint(object, url);
        if (const auto points = object.find("contactPoint"); points != object.end()) {
            const Json list = points->is_array() ? *points : Json::array({*points});
            for (const Json& point : list) takeContactPoint(point, url);
        }
        for (const char* role : {"founder", "founders"})
            for (const std::string& name : textMembers(object, role)) addPerson(name, "Founder", url);
    }
    void takeContactPoint(const Json& object, const std::string& url) {
        for (std::string email : textMembers(object, "email")) {
            if (startsWithIgnoringCase(email, "mailto:")) email.erase(0, 7);
            if (email.find('@') != std::string::npos) addEmail(asciiLower(email), "jsonld", url, 0.9);
        }
        for (const std::string& phone : textMembers(object, "telephone")) addPhone(phone, "jsonld", url, 0.9);
    }
    void takeMeta(const CompanyPage& page) {
        const PageMetadata& metadata = page.content->metadata;
        const auto openGraph = metadata.openGraph.find("site_name");
        for (const Json& object : page.content->jsonLd.objects)
            if (hasType(object, "WebSite")) set("name", textMember(object, "name"), "jsonld", page.url, 0.8);
        if (openGraph != metadata.openGraph.end()) set("name", openGraph->second, "og", page.url, 0.7);
        if (page.pageClass == PageClass::Home) set("description", metadata.description, "meta", page.url, 0.6);
        const std::string language = asciiLower(
            metadata.language.substr(0, std::min(metadata.language.find_first_of("-_"), metadata.language.size())));
        Json& languages = out_["languages"];
        const bool known = std::find(languages.begin(), languages.end(), Json(language)) != languages.end();
        if (!known && language.size() >= 2 && language.size() <= 3) languages.push_back(language);
    }
    void takeContacts(const CompanyPage& page) {
        const bool ownPage = page.pageClass == PageClass::Contact || page.pageClass == PageClass::Imprint;
        const double confidence = ownPage ? 0.7 : 0.5;
        for (const std::string& email : page.content->contacts.emails) addEmail(email, "text", page.url, confidence);
        for (const std::string& phone : page.content->contacts.phones) addPhone(phone, "text", page.url, confidence);
        for (const auto& [network, url] : page.content->contacts.social) addSocial(network, url);
    }
    void takePeople(const CompanyPage& page) {
        const bool ownPage = page.pageClass == PageClass::Team || page.pageClass == PageClass::About;
        if (!ownPage) return;
        for (const Json& object : page.content->jsonLd.objects)
            if (hasType(object, "Person"))
                addPerson(textMember(object, "name"), textMember(object, "jobTitle"), page.url);
    }
    void addPerson(const std::string& name, const std::string& title, const std::string& url) {
        if (!options_.collectPeople || name.empty() || out_["people"].size() >= 100) return;
        for (const Json& known : out_["people"])
            if (known.at("name") == name) return;
        out_["people"].push_back({{"name", name}, {"title", title.empty() ? Json() : Json(title)}, {"url", url}});
    }
    void takeName() {
        std::vector<std::string> titles;
        for (const CompanyPage& page : pages_) titles.push_back(page.content->metadata.documentTitle);
        const std::string home = pages_.empty() ? site_.seed().text() : pages_.front().url;
        set("name", commonTitlePart(titles), "title", home, 0.5);
        for (const CompanyPage& page : pages_)
            set("name", copyrightHolder(page.content->visibleText), "copyright", page.url, 0.4);
        set("name", site_.label(), "text", home, 0.3);
    }

    const std::vector<CompanyPage>& pages_;
    const Site& site_;
    const Options& options_;
    Json out_ = Json::object();
};

}  // namespace

Json companyOf(const std::vector<CompanyPage>& pages, const Site& site, const Options& options) {
    return CompanyWriter(pages, site, options).write();
}

}  // namespace stepd::website
