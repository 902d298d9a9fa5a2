#include "linkedin_collector/positions.h"

#include <algorithm>

#include "url/unicode.h"

namespace stepd::linkedin {
namespace {

MonthNumber monthOf(kit::WallTime time) {
    const kit::Civil civil(time);
    return civil.year * 12 + static_cast<int>(civil.month) - 1;
}

bool saysPresent(const std::string& text, const std::vector<std::string>& words) {
    const std::string folded = url::folded(url::collapseSpaces(text));
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return url::folded(word) == folded; });
}

Position positionOf(const Json& fields, const AnalysisOptions& options, MonthNumber now) {
    Position position{.title = fieldText(fields, "position"),
                      .company = fieldText(fields, "company_name"),
                      .companyUrl = fieldText(fields, "company_url"),
                      .location = fieldText(fields, "location"),
                      .summary = fieldText(fields, "summary"),
                      .startsAt = fieldText(fields, "starts_at"),
                      .endsAt = fieldText(fields, "ends_at")};
    Json start = fields.contains("starts_at") ? fields.at("starts_at") : Json();
    Json end = fields.contains("ends_at") ? fields.at("ends_at") : Json();
    if (position.startsAt.empty() && position.endsAt.empty()) {
        std::tie(position.startsAt, position.endsAt) = splitPeriod(fieldText(fields, "period"));
        start = position.startsAt;
        end = position.endsAt;
    }
    position.start = parseDate(start, DateRole::Start, now);
    position.isCurrent = url::trimSpaces(position.endsAt).empty() || saysPresent(position.endsAt, options.presentWords);
    if (!position.isCurrent) position.end = parseDate(end, DateRole::End, now);
    return position;
}

Json monthJson(const std::optional<MonthNumber>& month) {
    return month ? Json(monthText(*month)) : Json();
}

}  // namespace

std::string fieldText(const Json& fields, const char* key) {
    const auto found = fields.find(key);
    if (found == fields.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    if (found->is_number()) return found->dump();
    constexpr MonthNumber kAnyNow = 9998 * 12;
    const auto month = parseDate(*found, DateRole::Start, kAnyNow);
    return month ? monthText(*month) : std::string();
}

Json Position::json() const {
    return {{"position", title},      {"company_name", company},   {"company_url", companyUrl},
            {"location", location},   {"summary", summary},        {"starts_at", startsAt},
            {"ends_at", endsAt},      {"start", monthJson(start)}, {"end", monthJson(end)},
            {"is_current", isCurrent}};
}

Positions::Positions(const Json& experience, const AnalysisOptions& options) : now_(monthOf(options.now)) {
    for (const Json& fields : experience) all_.push_back(positionOf(fields, options, now_));
}

const Position* Positions::current() const {
    const auto found = std::find_if(all_.begin(), all_.end(), [](const Position& p) { return p.isCurrent; });
    if (found != all_.end()) return &*found;
    return all_.empty() ? nullptr : &all_.front();
}

std::optional<int> Positions::months(Json& warnings) const {
    MonthSet months;
    bool any = false;
    for (const Position& position : all_) {
        const auto end = position.isCurrent ? std::optional(now_) : position.end;
        if (!position.start || !end) continue;
        if (*end < *position.start) {
            warnings.push_back({{"code", "dates_reversed"}, {"message", "a position ends before it starts"}});
            continue;
        }
        any = true;
        months.add(*position.start, std::min(*end, now_));
    }
    return any ? std::optional(months.size()) : std::nullopt;
}

}  // namespace stepd::linkedin
