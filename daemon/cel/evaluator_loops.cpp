#include <array>

#include "cel/evaluator.h"
#include "cel/functions.h"

namespace stepd::cel {
namespace {

std::size_t rounds(const Value& range) {
    return range.items() ? range.items()->size() : range.entries()->size();
}

Outcome conditionExpected(const Value& found) {
    return noOverload("condition of a macro", std::array{found});
}

}  // namespace

// One variable is an item or a key; two are index and item or key and value.
bool Evaluator::enterRound(const Loop& loop, const Value& range, std::size_t round) {
    if (!budget_.spend(1)) return false;
    const auto* items = range.items();
    if (loop.second.empty()) {
        slots_[loop.slot] = items ? (*items)[round] : (*range.entries())[round].first;
        return true;
    }
    slots_[loop.slot] = items ? Value::integer(static_cast<std::int64_t>(round)) : (*range.entries())[round].first;
    slots_[loop.slot + 1] = items ? (*items)[round] : (*range.entries())[round].second;
    return true;
}

// As `&&` and `||` over all rounds: the decisive value wins over failures before it.
Outcome Evaluator::quantify(const Loop& loop, const Value& range) {
    const bool decider = loop.kind == LoopKind::Exists;
    std::optional<Outcome> failure;
    for (std::size_t round = 0; round < rounds(range); ++round) {
        if (!enterRound(loop, range, round)) return failUsedUp();
        auto value = evaluate(*loop.condition);
        const auto truth = value ? value->asBool() : std::nullopt;
        if (truth == decider) return value;
        if (!truth && !failure) failure = value ? conditionExpected(*value) : std::move(value);
    }
    return failure ? *std::move(failure) : Outcome(Value::boolean(!decider));
}

Outcome Evaluator::countOne(const Loop& loop, const Value& range) {
    std::size_t count = 0;
    for (std::size_t round = 0; round < rounds(range); ++round) {
        if (!enterRound(loop, range, round)) return failUsedUp();
        const auto value = evaluate(*loop.condition);
        if (!value) return value;
        const auto truth = value->asBool();
        if (!truth) return conditionExpected(*value);
        count += *truth ? 1 : 0;
    }
    return Value::boolean(count == 1);
}

Outcome Evaluator::transform(const Loop& loop, const Value& range) {
    const bool toMap = loop.kind == LoopKind::TransformMap;
    std::vector<Value> items;
    std::vector<MapEntry> entries;
    for (std::size_t round = 0; round < rounds(range); ++round) {
        if (!enterRound(loop, range, round)) return failUsedUp();
        if (loop.condition) {
            const auto value = evaluate(*loop.condition);
            if (!value) return value;
            const auto truth = value->asBool();
            if (!truth) return conditionExpected(*value);
            if (!*truth) continue;
        }
        auto result = loop.result ? evaluate(*loop.result) : Outcome(slots_[loop.slot]);
        if (!result) return result;
        if (toMap)
            entries.emplace_back(slots_[loop.slot], *std::move(result));
        else
            items.push_back(*std::move(result));
    }
    return charged(toMap ? Value::map(std::move(entries)) : Value::list(std::move(items)), budget_);
}

}  // namespace stepd::cel
