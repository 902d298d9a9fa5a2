#include "engine/step_family.h"

#include <span>

#include "engine/active_run.h"
#include "json/json_text.h"
#include "json/writer.h"

namespace stepd::engine {
namespace {

std::vector<std::string_view> listAt(std::string_view memo, const std::string& field) {
    const auto raw = memo.empty() ? std::nullopt : json::rawAt(memo, std::span(&field, 1));
    if (!raw) return {};
    return json::itemsOf(*raw).value_or(std::vector<std::string_view>{});
}

char doing(const ActiveStep& step) {
    constexpr int kActivities = 8;
    static_assert(static_cast<int>(Activity::Held) == kActivities - 1);
    return static_cast<char>(static_cast<int>(step.record.state) * kActivities + static_cast<int>(step.activity));
}

void join(StepFamily& family, const ActiveStep& child, std::size_t place) {
    family.children.push_back(static_cast<std::uint32_t>(place));
    if (child.item < 0) return;
    const auto item = static_cast<std::size_t>(child.item);
    if (family.joined.size() <= item) family.joined.resize(item + 1);
    family.joined[item] = true;
    while (family.complete < family.joined.size() && family.joined[family.complete]) ++family.complete;
}

}  // namespace

ForeachItems::ForeachItems(std::string_view memo) {
    const auto items = listAt(memo, "items");
    const auto keys = listAt(memo, "keys");
    if (items.size() != keys.size()) return;
    where_.reserve(items.size());
    keys_.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        where_.emplace_back(static_cast<std::size_t>(items[i].data() - memo.data()), items[i].size());
        keys_.push_back(json::stringOf(keys[i]).value_or(std::string(keys[i])));
    }
    for (std::size_t i = 0; i < keys_.size(); ++i) byKey_.emplace(keys_[i], i);
}

std::optional<std::size_t> ForeachItems::find(std::string_view key) const {
    const auto found = byKey_.find(key);
    if (found == byKey_.end()) return std::nullopt;
    return found->second;
}

std::string_view ForeachItems::bytes(std::string_view memo, std::size_t item) const {
    return memo.substr(where_[item].first, where_[item].second);
}

std::string writeForeachMemo(const std::vector<std::string>& items, const std::vector<std::string>& keys) {
    json::Writer memo;
    memo.beginObject().key("items").beginArray();
    for (const std::string& item : items) memo.raw(item);
    memo.endArray().key("keys").beginArray();
    for (const std::string& key : keys) memo.string(key);
    return memo.endArray().endObject().take();
}

void StepFamily::rememberCalm(const ActiveRun& run) {
    calm.clear();
    for (const std::uint32_t child : children) calm += doing(run.steps[child]);
}

bool StepFamily::isCalm(const ActiveRun& run) const {
    if (calm.size() != children.size()) return false;
    for (std::size_t i = 0; i < children.size(); ++i)
        if (calm[i] != doing(run.steps[children[i]])) return false;
    return true;
}

StepFamily& familyOf(const ActiveRun& run, std::size_t parent, std::size_t known) {
    for (; run.related < run.steps.size(); ++run.related) {
        const std::size_t above = run.steps[run.related].parent;
        if (above == kNoStep && run.related < known) continue;
        auto& family = above == kNoStep ? run.family : run.steps[above].family;
        if (!family) family = std::make_shared<StepFamily>();
        join(*family, run.steps[run.related], run.related);
    }
    auto& family = parent == kNoStep ? run.family : run.steps[parent].family;
    if (!family) family = std::make_shared<StepFamily>();
    return *family;
}

const ForeachItems& itemsOf(const ActiveRun& run, std::size_t place) {
    static const ForeachItems kNone{""};
    const ActiveStep& step = run.steps[place];
    if (step.record.memo.empty()) return kNone;  // it may open later
    if (!step.family) step.family = std::make_shared<StepFamily>();
    if (!step.family->items) step.family->items = std::make_unique<ForeachItems>(step.record.memo);
    return *step.family->items;
}

std::string_view itemBytes(const ActiveRun& run, std::size_t place) {
    const ActiveStep& record = run.steps[place];
    const ForeachItems& items = itemsOf(run, record.parent);
    const auto item = static_cast<std::size_t>(record.item);
    return item < items.size() ? items.bytes(run.steps[record.parent].record.memo, item) : "null";
}

}  // namespace stepd::engine
