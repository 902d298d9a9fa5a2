#include "config/overrides.h"

#include <algorithm>
#include <span>
#include <vector>

#include "yaml/scalar.h"

namespace stepd::config {
namespace {

constexpr std::string_view kPrefix = "STEPD_";
/// Settings at the top level, which have no section. Others of that form belong to other programs (`STEPD_URL`).
constexpr std::string_view kTopLevel[] = {"plugin_directory"};

/// `STEPD_LOG__LEVEL` as {log, level}; empty if the variable is none of ours.
std::vector<std::string> keysOf(std::string_view variable) {
    if (!variable.starts_with(kPrefix)) return {};
    std::string rest(variable.substr(kPrefix.size()));
    std::transform(rest.begin(), rest.end(), rest.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    std::vector<std::string> keys;
    for (std::size_t start = 0; start <= rest.size();) {
        const std::size_t end = std::min(rest.find("__", start), rest.size());
        keys.push_back(rest.substr(start, end - start));
        start = end + 2;
    }
    if (keys.size() > 1) return keys;
    const bool known = std::find(std::begin(kTopLevel), std::end(kTopLevel), rest) != std::end(kTopLevel);
    return known ? keys : std::vector<std::string>{};
}

/// A copy of `node` in which the scalar at `keys` is `scalar`; null if a list or a mapping is in its place.
yaml::NodePtr withScalar(const yaml::NodePtr& node, std::span<const std::string> keys, const yaml::NodePtr& scalar) {
    if (keys.empty()) return node == nullptr || node->isScalar() ? scalar : nullptr;
    auto copy = std::make_shared<yaml::Node>();
    if (node != nullptr) *copy = *node;
    if (copy->kind == yaml::Kind::Null) copy->kind = yaml::Kind::Mapping;
    if (copy->kind != yaml::Kind::Mapping) return nullptr;
    const auto entry = std::find_if(copy->entries.begin(), copy->entries.end(),
                                    [&keys](const yaml::Entry& known) { return known.key == keys.front(); });
    const bool found = entry != copy->entries.end();
    auto value = withScalar(found ? entry->value : nullptr, keys.subspan(1), scalar);
    if (value == nullptr) return nullptr;
    if (found) {
        entry->value = std::move(value);
    } else {
        copy->entries.push_back({keys.front(), scalar->mark, std::move(value)});
    }
    copy->origin = node == nullptr ? scalar->origin : node->origin;
    return copy;
}

}  // namespace

yaml::NodePtr applyOverrides(yaml::NodePtr root, const std::map<std::string, std::string>& environment,
                             yaml::Report& report) {
    for (const auto& [variable, text] : environment) {
        const auto keys = keysOf(variable);
        if (keys.empty() || text.empty()) continue;
        auto scalar = std::make_shared<yaml::Node>();
        scalar->kind = yaml::resolvePlain(text);
        scalar->text = text;
        scalar->origin = "environment " + variable;
        if (auto changed = withScalar(root, keys, scalar)) {
            root = std::move(changed);
        } else {
            report.error(*scalar, "", "only a single value can be set by the environment, not a list or a mapping",
                         "set it in " + report.file());
        }
    }
    return root;
}

}  // namespace stepd::config
