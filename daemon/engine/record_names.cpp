#include "engine/record_names.h"

#include <string_view>

#include "engine/step_family.h"

namespace stepd::engine {
namespace {

/// Goes down from the steps outside of groups, one name or key at a time.
class NameReader {
public:
    NameReader(const Graph& graph, const ActiveRun& run) : graph_(graph), run_(run) {}

    /// `name` is what follows the name of the group at `parent` and its dot.
    std::optional<StepPlan> step(std::string_view name, std::size_t parent, const std::vector<std::size_t>& plans) {
        for (const std::size_t plan : plans) {
            const std::string& id = graph_[plan].step->id;
            if (!name.starts_with(id)) continue;
            if (name.size() == id.size()) return graph_.record(run_, parent, plan);
            if (name[id.size()] != '[') continue;
            const std::size_t place = graph_.place(run_, parent, plan);
            if (place == kNoStep || graph_.partOf(run_, place) != Part::Foreach) return std::nullopt;
            return item(name.substr(id.size() + 1), place);
        }
        return std::nullopt;
    }

private:
    /// `rest` is what follows the name of the foreach at `place` and its bracket: `KEY]`, or `KEY].` and more.
    std::optional<StepPlan> item(std::string_view rest, std::size_t place) {
        const ForeachItems& items = itemsOf(run_, place);
        constexpr auto kNone = std::string_view::npos;
        // From the right, so that of the keys that fit the longest is taken.
        for (std::size_t end = rest.rfind(']'); end != kNone; end = end == 0 ? kNone : rest.rfind(']', end - 1)) {
            const auto found = items.find(rest.substr(0, end));
            if (!found) continue;
            const std::string_view below = rest.substr(end + 1);
            if (below.empty()) return graph_.itemRecord(run_, place, *found);
            if (below.front() != '.') continue;
            const std::size_t group = placeOf(place, *found);
            if (group == kNoStep) continue;
            if (auto inner = step(below.substr(1), group, graph_.of(run_.steps[place]).inner)) return inner;
        }
        return std::nullopt;
    }

    /// The record of an item.
    std::size_t placeOf(std::size_t foreach, std::size_t item) const {
        const auto& children = graph_.family(run_, foreach).children;
        // Items join in order, as a rule.
        if (item < children.size() && isItem(children[item], item)) return children[item];
        for (const std::uint32_t child : children)
            if (isItem(child, item)) return child;
        return kNoStep;
    }
    bool isItem(std::size_t place, std::size_t item) const {
        return run_.steps[place].item == static_cast<std::int32_t>(item);
    }

    const Graph& graph_;
    const ActiveRun& run_;
};

}  // namespace

std::optional<StepPlan> findRecord(const Graph& graph, const ActiveRun& run, const StepRecord& record) {
    NameReader reader(graph, run);
    for (const auto phase : {pipeline::Phase::Main, pipeline::Phase::OnFailure, pipeline::Phase::Finally})
        if (auto plan = reader.step(record.name, kNoStep, graph.top(phase))) return plan;
    return std::nullopt;
}

}  // namespace stepd::engine
