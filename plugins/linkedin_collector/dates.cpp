#include "linkedin_collector/dates.h"

#include <re2/re2.h>

#include <array>
#include <cstdio>

#include "url/unicode.h"

namespace stepd::linkedin {
namespace {

constexpr int kFirstYear = 1950;

std::optional<MonthNumber> monthOf(int year, int month, MonthNumber now) {
    if (year < kFirstYear || year > now / 12 + 1 || month < 1 || month > 12) return {};
    return year * 12 + month - 1;
}

/// 1 to 12 for `jan`, `january`, `sept`; 0 for anything else.
int monthByName(const std::string& name) {
    static constexpr std::array<std::string_view, 12> kNames = {"january",   "february", "march",    "april",
                                                                "may",       "june",     "july",     "august",
                                                                "september", "october",  "november", "december"};
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (name.size() >= 3 && kNames.at(i).starts_with(name)) return static_cast<int>(i) + 1;
    return 0;
}

std::optional<MonthNumber> parseText(const std::string& text, int monthOfBareYear, MonthNumber now) {
    static const RE2 yearFirst(R"((\d{4})(?:-(\d{1,2})(?:-\d{1,2}(?:[t ].*)?)?)?)");
    static const RE2 monthFirst(R"((\d{1,2})\s*[/.]\s*(\d{4}))");
    static const RE2 named(R"(([a-z]+)\.?,?\s+(\d{4}))");
    int year = 0;
    int month = 0;
    std::string digits;
    std::string name;
    if (RE2::FullMatch(text, yearFirst, &year, &digits))
        return monthOf(year, digits.empty() ? monthOfBareYear : std::stoi(digits), now);
    if (RE2::FullMatch(text, monthFirst, &month, &year)) return monthOf(year, month, now);
    if (RE2::FullMatch(text, named, &name, &year)) return monthOf(year, monthByName(name), now);
    return {};
}

}  // namespace

std::string monthText(MonthNumber month) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d", month / 12, month % 12 + 1);
    return text.data();
}

std::optional<MonthNumber> parseDate(const Json& date, DateRole role, MonthNumber now) {
    const int bareYear = role == DateRole::Start ? 1 : 12;
    if (date.is_string()) {
        const std::string text = url::asciiLower(url::collapseSpaces(date.get_ref<const std::string&>()));
        return text.size() > 64 ? std::nullopt : parseText(text, bareYear, now);
    }
    const auto small = [](const Json& number) {
        return number.is_number_integer() && number.get<std::int64_t>() >= 0 && number.get<std::int64_t>() <= 9999;
    };
    if (small(date)) return monthOf(date.get<int>(), bareYear, now);
    if (!date.is_object() || !date.contains("year") || !small(date.at("year"))) return {};
    const Json month = date.contains("month") ? date.at("month") : Json();
    if (month.is_null()) return monthOf(date.at("year").get<int>(), bareYear, now);
    if (month.is_string())
        return monthOf(date.at("year").get<int>(), monthByName(url::asciiLower(month.get<std::string>())), now);
    return small(month) ? monthOf(date.at("year").get<int>(), month.get<int>(), now) : std::nullopt;
}

std::pair<std::string, std::string> splitPeriod(const std::string& period) {
    static const RE2 range(R"((.*?)\s*(?:\s-\s|–|—|\sto\s)\s*(.*))");
    static const RE2 years(R"((\d{4})-(\d{4}))");
    const std::string text = url::collapseSpaces(period);
    std::string start;
    std::string end;
    if (text.size() <= 200 && (RE2::FullMatch(text, years, &start, &end) || RE2::FullMatch(text, range, &start, &end)))
        return {start, end};
    return {text, ""};
}

}  // namespace stepd::linkedin
