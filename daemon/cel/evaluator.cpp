#include "cel/evaluator.h"

#include <array>

#include "cel/functions.h"
#include "cel/operators.h"
#include "cel/regex.h"

namespace stepd::cel {
namespace {

Outcome selectFields(const Value& from, std::span<const std::string> fields) {
    const Value* at = &from;
    Value held;  // the optional that selection from an optional makes
    for (const auto& field : fields) {
        if (at->is(Kind::Optional)) {
            auto selected = applyOptionalIndex(*at, Value::string(field));
            if (!selected) return selected;
            held = *std::move(selected);
            at = &held;
            continue;
        }
        if (!at->isMap())
            return fail(std::string("a value of type ") + at->typeName() + " has no field `" + field + '`');
        at = at->find(field);
        if (!at) return fail("no such key: `" + field + '`');
    }
    return *at;
}

Outcome hasField(const Value& of, const std::string& field) {
    if (of.isMap()) return Value::boolean(of.find(field) != nullptr);
    if (of.is(Kind::Optional)) return of.inner() ? hasField(*of.inner(), field) : Outcome(Value::boolean(false));
    return fail(std::string("has() finds no fields in a value of type ") + of.typeName());
}

Outcome notBool(const char* where, const Value& value) {
    return noOverload(where, std::array{value});
}

Outcome notOptional(const Value& value) {
    return noOverload("?", std::array{value});
}

bool isMapKey(const Value& key) {
    return key.is(Kind::Bool) || key.isInt() || key.is(Kind::Uint) || key.isString();
}

}  // namespace

Evaluator::Evaluator(const Ast& ast, const Activation& names, const EvaluateLimits& limits)
    : ast_(ast), names_(names), budget_(limits), slots_(ast.slots) {}

Outcome Evaluator::run() {
    return evaluate(*ast_.root);
}

Outcome Evaluator::evaluate(const Node& node) {
    if (!budget_.spend(1)) return failUsedUp();
    return std::visit([this](const auto& form) { return evaluate(form); }, node.form);
}

Outcome Evaluator::evaluate(const Literal& form) {
    return form.value;
}

Outcome Evaluator::evaluate(const Path& form) {
    if (form.local) return selectFields(slots_[*form.local], form.fields);
    for (const auto& candidate : form.candidates)
        if (const auto value = names_.find(candidate.name))
            return selectFields(*value, std::span(form.fields).subspan(candidate.fields));
    return fail("unknown name `" + form.root + '`');
}

Outcome Evaluator::evaluate(const Select& form) {
    const auto of = evaluate(*form.of);
    return of ? selectFields(*of, form.fields) : of;
}

Outcome Evaluator::evaluate(const Presence& form) {
    const auto of = evaluate(*form.of);
    return of ? hasField(*of, form.field) : of;
}

Outcome Evaluator::evaluate(const Index& form) {
    const auto of = evaluate(*form.of);
    if (!of) return of;
    const auto at = evaluate(*form.at);
    if (!at) return at;
    if (!budget_.scan(at->weight())) return failUsedUp();
    return form.optional ? applyOptionalIndex(*of, *at) : applyIndex(*of, *at);
}

Outcome Evaluator::evaluate(const MakeList& form) {
    std::vector<Value> items;
    items.reserve(form.items.size());
    for (const auto& item : form.items) {
        auto value = evaluate(*item.value);
        if (!value) return value;
        if (item.optional && !value->is(Kind::Optional)) return notOptional(*value);
        if (!item.optional)
            items.push_back(*std::move(value));
        else if (value->inner())
            items.push_back(*value->inner());
    }
    return charged(Value::list(std::move(items)), budget_);
}

Outcome Evaluator::evaluate(const MakeMap& form) {
    std::vector<MapEntry> entries;
    entries.reserve(form.entries.size());
    for (const auto& entry : form.entries) {
        auto key = evaluate(*entry.key);
        if (!key) return key;
        if (!isMapKey(*key)) return fail(std::string("a map has no keys of type ") + key->typeName());
        auto value = evaluate(*entry.value);
        if (!value) return value;
        if (entry.optional && !value->is(Kind::Optional)) return notOptional(*value);
        if (!entry.optional)
            entries.emplace_back(*std::move(key), *std::move(value));
        else if (value->inner())
            entries.emplace_back(*std::move(key), *value->inner());
    }
    const std::size_t written = entries.size();
    Value map = Value::map(std::move(entries));
    if (map.entries()->size() != written) return fail("a key stands twice in a map");
    return charged(std::move(map), budget_);
}

Outcome Evaluator::evaluate(const Call& form) {
    if (!form.function) return fail("no function `" + form.name + "` takes these arguments");
    std::vector<Value> arguments;
    arguments.reserve(form.arguments.size());
    for (const auto& argument : form.arguments) {
        auto value = evaluate(*argument);
        if (!value) return value;
        arguments.push_back(*std::move(value));
    }
    return form.function->body({arguments, budget_});
}

Outcome Evaluator::evaluate(const Match& form) {
    const auto subject = evaluate(*form.subject);
    if (!subject) return subject;
    if (!subject->isString()) return noOverload("matches", std::array{*subject, Value::string({})});
    if (!budget_.scan(form.pattern->work(*subject->text()))) return failUsedUp();
    return Value::boolean(form.pattern->matches(*subject->text()));
}

Outcome Evaluator::evaluate(const Binary& form) {
    const auto left = evaluate(*form.left);
    if (!left) return left;
    const auto right = evaluate(*form.right);
    if (!right) return right;
    return applyBinary(form.op, *left, *right, budget_);
}

Outcome Evaluator::evaluate(const Not& form) {
    const auto of = evaluate(*form.of);
    if (!of) return of;
    const auto truth = of->asBool();
    return truth ? Outcome(Value::boolean(!*truth)) : notBool("!", *of);
}

Outcome Evaluator::evaluate(const Negate& form) {
    const auto of = evaluate(*form.of);
    return of ? applyNegate(*of) : of;
}

Outcome Evaluator::evaluate(const Logic& form) {
    std::optional<Outcome> failure;
    for (const auto& operand : form.operands) {
        auto value = evaluate(*operand);
        const auto truth = value ? value->asBool() : std::nullopt;
        if (truth == form.decider) return value;
        if (!truth && !failure) failure = value ? notBool(form.decider ? "||" : "&&", *value) : std::move(value);
    }
    return failure ? *std::move(failure) : Outcome(Value::boolean(!form.decider));
}

Outcome Evaluator::evaluate(const Conditional& form) {
    const auto condition = evaluate(*form.condition);
    if (!condition) return condition;
    const auto truth = condition->asBool();
    if (!truth) return notBool("?:", *condition);
    return evaluate(*truth ? *form.yes : *form.no);
}

Outcome Evaluator::evaluate(const Loop& form) {
    const auto range = evaluate(*form.range);
    if (!range) return range;
    if (!range->isList() && !range->isMap())
        return fail(std::string("a macro loops over a list or a map, not over a value of type ") + range->typeName());
    switch (form.kind) {
        case LoopKind::All:
        case LoopKind::Exists: return quantify(form, *range);
        case LoopKind::ExistsOne: return countOne(form, *range);
        default: return transform(form, *range);
    }
}

Outcome Evaluator::evaluate(const Bind& form) {
    auto value = evaluate(*form.value);
    if (!value) return value;
    if (form.kind == BindKind::Plain) {
        slots_[form.slot] = *std::move(value);
        return evaluate(*form.body);
    }
    if (!value->is(Kind::Optional)) return notOptional(*value);
    if (!value->inner()) return value;
    slots_[form.slot] = *value->inner();
    auto result = evaluate(*form.body);
    if (!result) return result;
    if (form.kind == BindKind::OptMap) return Value::optionalOf(*std::move(result));
    return result->is(Kind::Optional) ? std::move(result) : notOptional(*result);
}

}  // namespace stepd::cel
