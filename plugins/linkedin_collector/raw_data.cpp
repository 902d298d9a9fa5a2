#include "linkedin_collector/raw_data.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace stepd::linkedin {
namespace {

/// `peopleAlsoViewed`, `people_also_viewed` and `People also viewed` are one name.
std::string plain(std::string_view key) {
    std::string out;
    for (const char c : key) {
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out += c;
    }
    return out;
}

bool isOfThirdParties(std::string_view key) {
    static constexpr std::array<std::string_view, 14> kNames = {"peoplealsoviewed",       "alsoviewed",
                                                                "similarprofiles",        "similarnamedprofiles",
                                                                "similarlynamedprofiles", "peoplesimilar",
                                                                "peopleyoumayknow",       "recommendations",
                                                                "recommendation",         "recommendationsreceived",
                                                                "recommendationsgiven",   "recommendedprofiles",
                                                                "relatedprofiles",        "browsemap"};
    return std::find(kNames.begin(), kNames.end(), plain(key)) != kNames.end();
}

}  // namespace

Json withoutThirdParties(const Json& root) {
    if (root.is_array()) {
        Json out = Json::array();
        for (const Json& item : root) out.push_back(withoutThirdParties(item));
        return out;
    }
    if (!root.is_object()) return root;
    Json out = Json::object();
    for (const auto& [key, value] : root.items())
        if (!isOfThirdParties(key)) out[key] = withoutThirdParties(value);
    return out;
}

}  // namespace stepd::linkedin
