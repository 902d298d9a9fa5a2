#include "linkedin_collector/analysis.h"

#include <algorithm>

#include "linkedin_collector/derived.h"
#include "linkedin_collector/positions.h"

namespace stepd::linkedin {
namespace {

constexpr std::size_t kRecentCompanies = 5;

/// Keeps the first of equal texts and no empty one.
void addDistinct(Json& list, const std::string& text) {
    if (!text.empty() && std::find(list.begin(), list.end(), Json(text)) == list.end()) list.push_back(text);
}

Json listAt(const Json& mapped, const char* key) {
    const auto found = mapped.find(key);
    return found != mapped.end() && found->is_array() ? *found : Json::array();
}

Json countOf(const std::string& text) {
    const auto count = parseCount(text);
    return count ? Json(*count) : Json();
}

Json profileSummary(const Json& mapped) {
    Json out = Json::object();
    for (const char* key : {"full_name", "first_name", "last_name", "headline", "location", "profile_id", "followers",
                            "connections", "about", "profile_photo", "background_image"})
        out[key] = fieldText(mapped, key);
    if (out["full_name"] == "") {
        const std::string first = fieldText(mapped, "first_name");
        const std::string last = fieldText(mapped, "last_name");
        out["full_name"] = first + (first.empty() || last.empty() ? "" : " ") + last;
    }
    out["followers_count"] = countOf(fieldText(mapped, "followers"));
    out["connections_count"] = countOf(fieldText(mapped, "connections"));
    return out;
}

/// Texts of the items; what a provider leaves out is `""`.
Json textsOf(const Json& items) {
    Json out = Json::array();
    for (const Json& item : items) {
        Json fields = Json::object();
        for (const auto& [key, value] : item.items()) fields[key] = fieldText(item, key.c_str());
        out.push_back(std::move(fields));
    }
    return out;
}

Json education(const Json& mapped) {
    Json degrees = Json::array();
    Json universities = Json::array();
    Json fieldsOfStudy = Json::array();
    for (const Json& item : listAt(mapped, "education")) {
        std::string start = fieldText(item, "starts_at");
        std::string end = fieldText(item, "ends_at");
        if (start.empty() && end.empty()) std::tie(start, end) = splitPeriod(fieldText(item, "period"));
        const std::string school = fieldText(item, "school");
        const std::string field = fieldText(item, "field_of_study");
        degrees.push_back({{"school", school},
                           {"degree", fieldText(item, "degree")},
                           {"field_of_study", field},
                           {"starts_at", start},
                           {"ends_at", end}});
        addDistinct(universities, school);
        addDistinct(fieldsOfStudy, field);
    }
    return {{"total_degrees", degrees.size()},
            {"degrees", degrees},
            {"universities", universities},
            {"fields_of_study", fieldsOfStudy}};
}

}  // namespace

Json analyse(const Json& mapped, const AnalysisOptions& options, Json& warnings) {
    const Positions positions(listAt(mapped, "experience"), options);
    const Position* current = positions.current();
    const auto months = positions.months(warnings);
    Json companies = Json::array();
    Json list = Json::array();
    for (const Position& position : positions.all()) {
        addDistinct(companies, position.company);
        list.push_back(position.json());
    }
    Json recent = Json::array();
    for (const Json& company : companies)
        if (recent.size() < kRecentCompanies) recent.push_back(company);
    const bool titled = current != nullptr && !current->title.empty();
    return {{"profile_summary", profileSummary(mapped)},
            {"professional_info",
             {{"current_position", current == nullptr ? Json() : current->json()},
              {"total_experience_years", months ? Json(*months / 12) : Json()},
              {"total_experience_months", months ? Json(*months) : Json()},
              {"companies_worked_at", companies},
              {"certifications", textsOf(listAt(mapped, "certifications"))},
              {"volunteering", textsOf(listAt(mapped, "volunteering"))},
              {"seniority", titled ? Json(seniorityOf(current->title)) : Json()}}},
            {"experience", {{"total_positions", list.size()}, {"positions", list}, {"recent_companies", recent}}},
            {"education", education(mapped)},
            {"ai_insights", {{"analysis_quality", "not_run"}}}};
}

}  // namespace stepd::linkedin
