#include "host/build_index.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace stepd::host {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostPlugins = 10'000;
constexpr std::size_t kMostText = 128;

bool isHex(const std::string& text, std::size_t least, std::size_t most) {
    return text.size() >= least && text.size() <= most &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

KeptBuild buildOf(const Json& json) {
    KeptBuild build;
    build.name = {json.at("build").get<std::string>(), json.at("version").get<std::string>(),
                  json.at("sha256").get<std::string>()};
    build.since = fromMicros(json.at("since_us").get<std::int64_t>());
    build.heldBack = json.at("held_back").get<bool>();
    return build;
}

bool fits(const KeptBuild& build) {
    return isHex(build.name.build, 1, kMostText) && isHex(build.name.sha256, 64, 64) &&
           build.name.version.size() <= kMostText && isUtf8(build.name.version);
}

}  // namespace

std::string writeBuildIndex(const BuildIndex& index) {
    Json plugins = Json::object();
    for (const auto& [plugin, builds] : index) {
        Json& list = plugins[plugin] = Json::array();
        for (const auto& build : builds)
            list.push_back({{"build", build.name.build},
                            {"version", build.name.version},
                            {"sha256", build.name.sha256},
                            {"since_us", toMicros(build.since)},
                            {"held_back", build.heldBack}});
    }
    return Json{{"format", 1}, {"plugins", plugins}}.dump(2) + "\n";
}

BuildIndex readBuildIndex(std::string_view text) try {
    const Json json = Json::parse(text);
    if (json.at("format") != 1 || json.at("plugins").size() > kMostPlugins) return {};
    BuildIndex index;
    for (const auto& [plugin, list] : json.at("plugins").items()) {
        if (!list.is_array() || list.size() > BuildShelf::kBuilds) return {};
        for (const Json& item : list) index[plugin].push_back(buildOf(item));
        if (!std::all_of(index[plugin].begin(), index[plugin].end(), fits)) return {};
    }
    return index;
} catch (const Json::exception&) {
    return {};
}

}  // namespace stepd::host
