#include "website_analyzer/company_name.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

std::vector<std::string> partsOf(std::string_view title) {
    constexpr std::array<std::string_view, 8> kSeparators{" | ",        " - ",  " \xE2\x80\x93 ", " \xE2\x80\x94 ",
                                                          " \xC2\xB7 ", " :: ", " \xC2\xBB ",     ": "};
    std::vector<std::string> parts;
    while (!title.empty()) {
        std::size_t end = title.size();
        std::size_t width = 0;
        for (const std::string_view separator : kSeparators)
            if (const std::size_t at = title.find(separator); at < end) {
                end = at;
                width = separator.size();
            }
        if (const std::string_view part = trimmed(title.substr(0, end)); !part.empty()) parts.emplace_back(part);
        title.remove_prefix(std::min(end + width, title.size()));
    }
    return parts;
}

}  // namespace

std::string commonTitlePart(const std::vector<std::string>& titles) {
    std::map<std::string, std::size_t> counts;
    for (const std::string& title : titles) {
        const std::vector<std::string> parts = partsOf(title);
        for (const std::string& part : std::set<std::string>(parts.begin(), parts.end())) ++counts[part];
    }
    std::string best;
    std::size_t most = 1;
    for (const auto& [part, count] : counts)
        if (count > most && part.size() <= 80) {
            best = part;
            most = count;
        }
    return best;
}

std::string copyrightHolder(std::string_view text) {
    std::size_t at = text.rfind("\xC2\xA9");
    if (at == std::string_view::npos) return {};
    std::string_view rest = text.substr(at + 2, 160);
    rest = rest.substr(std::min(rest.find_first_not_of(" 0123456789-,\xE2\x80\x93"), rest.size()));
    if (startsWithIgnoringCase(rest, "by ")) rest.remove_prefix(3);
    std::size_t end = rest.size();
    for (const std::string_view stop :
         {". ", " | ", " \xE2\x80\x93 ", " - ", " All ", " Alle ", " Tous ", ", ", " \xC2\xB7 "})
        end = std::min(end, rest.find(stop));
    const std::string_view holder = trimmed(prefixOf(rest, end));
    // Where no mark ends the name, the words after it are anything: then it is no name that we know.
    return end == rest.size() && rest.size() > 40 ? std::string{} : std::string(holder);
}

}  // namespace stepd::website
