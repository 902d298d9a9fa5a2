#include "website_analyzer/json_ld.h"

#include <algorithm>
#include <array>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxScript = 1U << 20;
constexpr std::size_t kMaxObjects = 500;
constexpr int kMaxDepth = 8;

std::string_view withoutWrapper(std::string_view text) {
    constexpr std::array<std::string_view, 6> kOpen{"<!--",         "<![CDATA[",     "//<![CDATA[",
                                                    "// <![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */"};
    constexpr std::array<std::string_view, 6> kClose{"-->", "]]>", "//]]>", "// ]]>", "/*]]>*/", "/* ]]> */"};
    // Longer forms hold shorter ones at their inner end, so each is tried twice.
    for (int round = 0; round < 2; ++round) {
        text = trimmed(text);
        for (const std::string_view mark : kOpen)
            if (text.starts_with(mark)) text.remove_prefix(mark.size());
        text = trimmed(text);
        for (auto mark = kClose.rbegin(); mark != kClose.rend(); ++mark)
            if (text.ends_with(*mark)) text.remove_suffix(mark->size());
    }
    return trimmed(text);
}

/// Control characters inside strings become spaces, commas before a closing bracket go, a final semicolon too.
std::string repaired(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\' && i + 1 < text.size()) {
                out += c;
                out += text[++i];
            } else {
                inString = c != '"';
                out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
            }
            continue;
        }
        inString = c == '"';
        if (c == '}' || c == ']') {
            while (!out.empty() && (isSpace(static_cast<unsigned char>(out.back())) || out.back() == ','))
                out.pop_back();
        }
        out += c;
    }
    while (out.ends_with(';')) out.pop_back();
    return out;
}

void collect(const Json& value, std::vector<Json>& out, int depth) {
    if (depth > kMaxDepth || out.size() >= kMaxObjects) return;
    if (value.is_array()) {
        for (const Json& item : value) collect(item, out, depth + 1);
        return;
    }
    if (!value.is_object()) return;
    if (value.contains("@type")) out.push_back(value);
    const bool aboutSite = hasType(value, "WebSite") || hasType(value, "WebPage");
    for (const char* key : {"@graph", "mainEntity", "publisher", "about", "copyrightHolder"}) {
        // Who publishes an article may be anybody; who publishes the site is its owner.
        const bool follow = std::string_view(key) == "@graph" || aboutSite || std::string_view(key) == "mainEntity";
        if (const auto member = value.find(key); follow && member != value.end()) collect(*member, out, depth + 1);
    }
}

std::string_view bareType(std::string_view type) {
    const std::size_t cut = type.find_last_of("/:#");
    return cut == std::string_view::npos ? type : type.substr(cut + 1);
}

template <class Predicate>
bool anyType(const Json& object, Predicate predicate) {
    const auto type = object.is_object() ? object.find("@type") : object.end();
    if (!object.is_object() || type == object.end()) return false;
    if (type->is_string()) return predicate(bareType(type->get_ref<const std::string&>()));
    return type->is_array() && std::any_of(type->begin(), type->end(), [&](const Json& item) {
               return item.is_string() && predicate(bareType(item.get_ref<const std::string&>()));
           });
}

std::string textOf(const Json& value, int depth = 0) {
    if (value.is_string()) return collapsed(value.get_ref<const std::string&>());
    if (value.is_number()) return value.dump();
    if (depth > kMaxDepth) return {};
    if (value.is_array() && !value.empty()) return textOf(value.front(), depth + 1);
    if (value.is_object())
        for (const char* key : {"@value", "name", "url", "contentUrl", "@id"})
            if (const auto member = value.find(key); member != value.end()) return textOf(*member, depth + 1);
    return {};
}

}  // namespace

JsonLd readJsonLd(const std::vector<std::string>& scripts) {
    JsonLd out;
    for (const std::string& script : scripts) {
        Json value = script.size() > kMaxScript ? Json(Json::value_t::discarded)
                                                : Json::parse(repaired(withoutWrapper(script)), nullptr, false);
        if (value.is_discarded())
            ++out.broken;
        else
            collect(value, out.objects, 0);
    }
    return out;
}

bool hasType(const Json& object, std::string_view type) {
    return anyType(object, [&](std::string_view name) { return name == type; });
}

bool isOrganization(const Json& object) {
    constexpr std::array<std::string_view, 25> kSubtypes{"Airline",
                                                         "AutomotiveBusiness",
                                                         "Bakery",
                                                         "Consortium",
                                                         "Corporation",
                                                         "Dentist",
                                                         "EmploymentAgency",
                                                         "FinancialService",
                                                         "HomeAndConstructionBusiness",
                                                         "Hotel",
                                                         "InsuranceAgency",
                                                         "LegalService",
                                                         "LocalBusiness",
                                                         "LodgingBusiness",
                                                         "MedicalBusiness",
                                                         "NGO",
                                                         "OnlineBusiness",
                                                         "OnlineStore",
                                                         "Physician",
                                                         "ProfessionalService",
                                                         "RealEstateAgent",
                                                         "Restaurant",
                                                         "Store",
                                                         "TravelAgency",
                                                         "Attorney"};
    return anyType(object, [&](std::string_view name) {
        return name.ends_with("Organization") || std::find(kSubtypes.begin(), kSubtypes.end(), name) != kSubtypes.end();
    });
}

std::string textMember(const Json& object, const char* name) {
    const auto member = object.is_object() ? object.find(name) : object.end();
    return !object.is_object() || member == object.end() ? std::string{} : textOf(*member);
}

std::vector<std::string> textMembers(const Json& object, const char* name) {
    std::vector<std::string> out;
    const auto member = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || member == object.end()) return out;
    const Json list = member->is_array() ? *member : Json::array({*member});
    for (const Json& item : list)
        if (std::string text = textOf(item); !text.empty() && out.size() < 100) out.push_back(std::move(text));
    return out;
}

}  // namespace stepd::website
