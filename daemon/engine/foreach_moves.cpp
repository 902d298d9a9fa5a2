#include "engine/foreach_moves.h"

#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/bindings.h"
#include "engine/step_errors.h"
#include "engine/step_family.h"
#include "json/json_text.h"
#include "json/writer.h"

namespace stepd::engine {
namespace {

using cel::Value;
using Items = Result<std::vector<std::string>, std::string>;

/// Reads the items and keys of one foreach; problems are sentences without the name of the field.
class ForeachOpening {
public:
    ForeachOpening(const Graph& graph, const ActiveRun& run, std::size_t place)
        : graph_(graph), run_(run), place_(place), foreach_(*graph.of(run.steps[place]).step->foreach) {}

    /// As JSON texts.
    Items items() {
        const RunScope scope(graph_, run_, place_);
        if (const auto& path = foreach_.items.asPath())
            if (const auto bytes = scope.bytesAt(*path))
                if (const auto raw = json::itemsOf(*bytes)) return copied(*raw);
        const auto value = foreach_.items.evaluate(scope);
        if (!value) return Items::failure(value.error().message);
        if (!value->isList()) return Items::failure(std::string("it gives ") + value->typeName() + ", not a list");
        return written(*value->items());
    }

    Items keys(const std::vector<std::string>& items) const {
        std::vector<std::string> keys;
        keys.reserve(items.size());
        std::unordered_set<std::string> taken;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (!foreach_.key) {
                keys.push_back(std::to_string(i));
                continue;
            }
            auto key = keyOf(items[i]);
            const std::string item = "item " + std::to_string(i);
            if (!key) return Items::failure(item + ": " + key.error());
            if (!taken.insert(*key).second)
                return Items::failure(item + " has the key `" + *key + "`, as an item before it");
            keys.push_back(std::move(*key));
        }
        return keys;
    }

private:
    static Items tooMany(std::size_t count) {
        return Items::failure("the list has " + std::to_string(count) + " items, and " + std::to_string(kMostItems) +
                              " are the most");
    }

    static Items copied(const std::vector<std::string_view>& raw) {
        if (raw.size() > kMostItems) return tooMany(raw.size());
        return std::vector<std::string>(raw.begin(), raw.end());
    }

    static Items written(const std::vector<Value>& values) {
        if (values.size() > kMostItems) return tooMany(values.size());
        std::vector<std::string> items;
        items.reserve(values.size());
        for (const Value& value : values) {
            auto json = cel::toJson(value);
            if (!json) return Items::failure(std::string("there is no JSON for an item, a ") + value.typeName());
            items.push_back(std::move(*json));
        }
        return items;
    }

    Result<std::string, std::string> keyOf(const std::string& item) const {
        using Key = Result<std::string, std::string>;
        Value value;
        try {
            value = cel::fromJson(item);
        } catch (const Error& error) {  // bytes that pass through, but that no expression can look into
            return Key::failure(error.what());
        }
        const RunScope scope(graph_, run_, place_, ItemAhead{foreach_.as, value});
        const auto key = foreach_.key->evaluate(scope);
        if (!key) return Key::failure(key.error().message);
        std::string text;
        if (const std::string* given = key->text())
            text = *given;
        else if (key->isInt() || key->is(cel::Kind::Uint))
            text = *cel::toJson(*key);
        else
            return Key::failure(std::string("it gives ") + key->typeName() + ", not text or a whole number");
        if (text.size() > kMostKeyBytes)
            return Key::failure("the key has more than " + std::to_string(kMostKeyBytes) + " bytes");
        return text;
    }

    const Graph& graph_;
    const ActiveRun& run_;
    const std::size_t place_;
    const pipeline::Foreach& foreach_;
};

}  // namespace

Move openForeach(const Graph& graph, const ActiveRun& run, std::size_t place) {
    const auto& foreach = *graph.of(run.steps[place]).step->foreach;
    const auto failed = [place](const std::string& field, const cel::Program& program, const std::string& problem) {
        return Move{.kind = Move::Kind::Fail,
                    .step = place,
                    .error = expressionError("`" + field + ": " + program.source() + "`", problem)};
    };
    ForeachOpening opening(graph, run, place);
    const auto items = opening.items();
    if (!items) return failed("foreach.items", foreach.items, items.error());
    const auto keys = opening.keys(*items);
    if (!keys) return failed("foreach.key", *foreach.key, keys.error());
    return {.kind = Move::Kind::Open, .step = place, .memo = writeForeachMemo(*items, *keys)};
}

Move addItems(const Graph& graph, const ActiveRun& run, std::size_t place, std::size_t count) {
    const std::size_t size = itemsOf(run, place).size();
    const StepFamily& family = graph.family(run, place);
    Move add{.kind = Move::Kind::Add};
    add.plans.reserve(count);
    for (std::size_t item = family.complete; item < size && add.plans.size() < count; ++item)
        if (item >= family.joined.size() || !family.joined[item])
            add.plans.push_back(graph.itemRecord(run, place, item));
    return add;
}

std::size_t failedItem(const Graph& graph, const ActiveRun& run, std::size_t place) {
    if (graph.of(run.steps[place]).step->foreach->onItemFailure == pipeline::OnItemFailure::Collect) return kNoStep;
    const StepFamily& family = graph.family(run, place);
    for (std::size_t i = family.ended; i < family.children.size(); ++i)
        if (run.steps[family.children[i]].record.state == StepState::Failed) return family.children[i];
    return kNoStep;
}

const std::string& itemKey(const ActiveRun& run, std::size_t place) {
    return itemsOf(run, run.steps[place].parent).key(static_cast<std::size_t>(run.steps[place].item));
}

std::string outputOfForeach(const Graph& graph, const ActiveRun& run, std::size_t place) {
    std::vector<const StepRecord*> records(itemsOf(run, place).size());
    for (const std::uint32_t child : graph.family(run, place).children)
        records[static_cast<std::size_t>(run.steps[child].item)] = &run.steps[child].record;
    json::Writer list;
    list.beginArray();
    for (const StepRecord* record : records)
        list.raw(record != nullptr && record->state == StepState::Completed ? record->output : "null");
    return list.endArray().take();
}

std::string outputOfGroup(const Graph& graph, const ActiveRun& run, std::size_t place) {
    const auto& inner = graph.of(run.steps[place]).inner;
    if (inner.empty()) return "null";
    const StepRecord& last = run.steps[graph.place(run, place, inner.back())].record;
    return last.state == StepState::Completed ? last.output : "null";
}

StepError errorBelow(const std::string& what, const ActiveStep& failed) {
    StepError error = failed.record.error.value_or(StepError{});
    error.message = what + ": " + error.message;
    return error;
}

}  // namespace stepd::engine
