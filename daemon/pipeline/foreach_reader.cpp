#include "pipeline/foreach_reader.h"

#include <algorithm>

#include "pipeline/names.h"
#include "pipeline/place_rules.h"

namespace stepd::pipeline {
namespace {

constexpr std::int32_t kMostParallel = 10'000;

void readAs(yaml::Reader& fields, std::string& as) {
    if (!fields.read("as", as)) return;
    const auto& taken = allRoots();
    if (!isStepId(as)) {
        fields.error("as", "`" + as + "` is no name for an item", "use letters, digits and `_`");
    } else if (as != "item" && std::find(taken.begin(), taken.end(), as) != taken.end()) {
        fields.error("as", "`" + as + "` is the name of something else", "name it after what the list holds");
    }
}

}  // namespace

std::optional<Foreach> readForeach(yaml::Reader& step, ExpressionReader& expressions) {
    const yaml::Node* node = step.mapping("foreach");
    if (node == nullptr) return std::nullopt;
    yaml::Reader fields(*node, step.path("foreach"), step.report());
    Foreach foreach;
    fields.require({"items"});
    if (auto items = expressions.bare(fields, "items", Place::Items))
        foreach
            .items = std::move(*items);
    readAs(fields, foreach.as);
    foreach
        .key = expressions.bare(fields, "key", Place::ItemKey);
    std::int32_t parallel = 0;
    if (fields.read("max_parallel", parallel, {1, kMostParallel}))
        foreach
            .maxParallel = static_cast<std::uint32_t>(parallel);
    fields.read("on_item_failure", foreach.onItemFailure,
                {{"fail", OnItemFailure::Fail}, {"collect", OnItemFailure::Collect}});
    fields.finish();
    return foreach;
}

}  // namespace stepd::pipeline
