#include "linkedin_collector/subject.h"

namespace stepd::linkedin {
namespace {

using url::LinkedInPage;

std::string textAt(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The page as the validator has read it; absent if it is none of its pages.
std::optional<LinkedInPage> pageOf(const Json& json) {
    using Kind = LinkedInPage::Kind;
    using IdType = LinkedInPage::IdType;
    LinkedInPage page;
    page.id = textAt(json, "id");
    bool kindKnown = false;
    bool typeKnown = false;
    for (const Kind kind : {Kind::Person, Kind::Company, Kind::School, Kind::Showcase})
        if (textAt(json, "kind") == url::toString(kind)) page.kind = kind, kindKnown = true;
    for (const IdType type : {IdType::Vanity, IdType::Numeric, IdType::MemberToken, IdType::DerivedFromPub})
        if (textAt(json, "id_type") == url::toString(type)) page.idType = type, typeKnown = true;
    return kindKnown && typeKnown && !page.id.empty() ? std::optional(page) : std::nullopt;
}

}  // namespace

std::optional<Subject> Subject::of(const Json& input) {
    if (!input.is_object() || !input.contains("input_data") || !input.at("input_data").is_object()) return {};
    const Json& data = input.at("input_data");
    Subject subject;
    subject.firstName = textAt(data, "first_name");
    subject.lastName = textAt(data, "last_name");
    subject.url = textAt(data, "linkedin");
    const auto linkedin = input.find("linkedin");
    if (linkedin != input.end() && linkedin->is_object()) {
        subject.page = pageOf(*linkedin);
        if (!subject.page) return {};
    } else if (subject.url.empty()) {
        subject.skipReason = "no_linkedin_url";
    } else {
        auto parsed = url::parseLinkedIn(subject.url);
        subject.page = std::move(parsed.page);
        subject.skipReason = parsed.problem.code;
    }
    if (subject.page) subject.url = subject.page->canonicalUrl();
    return subject;
}

}  // namespace stepd::linkedin
