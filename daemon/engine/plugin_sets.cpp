#include "engine/plugin_sets.h"

#include <algorithm>

#include "json/json_text.h"
#include "json/writer.h"

namespace stepd::engine {

void PluginSets::restore(const std::vector<store::PluginSet>& stored) {
    for (const store::PluginSet& set : stored) know(set.id, set.builds);
}

PluginSetId PluginSets::current(const std::vector<std::string>& plugins) {
    json::Writer out;
    out.beginObject();
    bool any = false;
    for (const std::string& plugin : plugins) {
        const std::string build = invoker_.build(plugin);
        if (build.empty()) continue;
        out.field(plugin, build);
        any = true;
    }
    if (!any) return {};
    const std::string text = out.endObject().take();
    if (const auto known = ids_.find(text); known != ids_.end()) return known->second;
    const PluginSetId fresh{last_.value + 1};
    know(fresh, text);
    ledger_.addFirst(store::PluginSet{.id = fresh, .builds = text});
    return fresh;
}

const std::string& PluginSets::build(PluginSetId set, std::string_view plugin) const {
    static const std::string kAny;
    const auto known = builds_.find(set);
    if (known == builds_.end()) return kAny;
    const auto build = known->second.find(plugin);
    return build == known->second.end() ? kAny : build->second;
}

void PluginSets::know(PluginSetId id, const std::string& builds) {
    last_ = std::max(last_, id);
    ids_.emplace(builds, id);
    Builds& known = builds_[id];
    for (const auto& [plugin, build] :
         json::fieldsOf(builds).value_or(std::vector<std::pair<std::string, std::string_view>>{}))
        known.emplace(plugin, json::stringOf(build).value_or(""));
}

}  // namespace stepd::engine
