#include "host/secret_set.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace stepd::host {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kShortestScrubbed = 6;
constexpr std::string_view kMark = "[secret]";

/// Thrown inside mergeConfig only.
struct Refused {
    std::string sentence;
};

std::string withSecrets(const std::string& text, const std::string& opening, SecretSet& secrets) {
    std::string out;
    std::size_t at = 0;
    for (auto open = text.find(opening); open != std::string::npos; open = text.find(opening, at)) {
        const auto close = text.find('}', open);
        if (close == std::string::npos) break;
        const auto name = text.substr(open + opening.size(), close - open - opening.size());
        if (!secrets.granted(name))
            throw Refused{"the secret '" + quotedForLog(name) + "' is not granted to this plugin"};
        const auto value = secrets.read(name);
        if (!value) throw Refused{"the secret '" + quotedForLog(name) + "' has no value"};
        out.append(text, at, open - at).append(*value);
        at = close + 1;
    }
    return out.append(text, at);
}

void fillIn(Json& json, const std::string& opening, SecretSet& secrets) {
    if (json.is_string()) {
        auto& text = json.get_ref<std::string&>();
        if (text.find(opening) != std::string::npos) text = withSecrets(text, opening, secrets);
    } else if (json.is_structured()) {
        for (auto& item : json) fillIn(item, opening, secrets);
    }
}

Json objectOf(const std::string& text, const char* what) {
    Json json = text.empty() ? Json::object() : Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) throw Refused{std::string(what) + " is not a JSON object"};
    return json;
}

}  // namespace

bool SecretSet::granted(std::string_view name) const {
    return std::find(granted_.begin(), granted_.end(), name) != granted_.end();
}

std::optional<std::string> SecretSet::read(std::string_view name) {
    if (!granted(name)) return std::nullopt;
    if (const auto found = values_.find(name); found != values_.end()) return found->second;
    const auto secret = lookup_(name);
    if (!secret) return std::nullopt;
    const std::string& value = secret->reveal();
    values_.emplace(name, value);
    if (value.size() >= kShortestScrubbed) {
        const std::string quoted = jsonString(value);
        needles_.push_back(value);
        if (quoted.size() != value.size() + 2) needles_.push_back(quoted.substr(1, quoted.size() - 2));
    }
    return value;
}

void SecretSet::scrub(std::string& text) const {
    for (const auto& needle : needles_)
        for (auto at = text.find(needle); at != std::string::npos; at = text.find(needle, at + kMark.size()))
            text.replace(at, needle.size(), kMark);
}

Result<std::string, std::string> mergeConfig(const std::string& options, const std::string& with,
                                             const std::string& mark, SecretSet& secrets) {
    try {
        Json merged = objectOf(options, "the plugin's options");
        Json over = objectOf(with, "the step's `with`");
        fillIn(merged, "${secret:", secrets);
        fillIn(over, "${" + mark + ":", secrets);
        for (const auto& [key, value] : over.items()) merged[key] = value;
        return merged.dump();
    } catch (const Refused& refused) {
        return Result<std::string, std::string>::failure(refused.sentence);
    } catch (const nlohmann::json::exception&) {  // its text quotes bytes, maybe a secret's
        return Result<std::string, std::string>::failure("the plugin's options hold text that is not UTF-8");
    }
}

}  // namespace stepd::host
