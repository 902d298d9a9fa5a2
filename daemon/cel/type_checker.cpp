#include "cel/type_checker.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/diagnostic.h"
#include "cel/functions.h"
#include "cel/overloads.h"
#include "cel/place.h"

namespace stepd::cel {
namespace {

using Form = Type::Form;

std::string quoted(std::string_view text) {
    return '`' + std::string(text) + '`';
}

bool fits(const Type& type, Form form) {
    return type.isDyn() || type.is(form);
}

/// Where the chain of selections that ends in `node` begins.
const Node& startOf(const Node& node) {
    if (const auto* select = std::get_if<Select>(&node.form)) return startOf(*select->of);
    if (const auto* has = std::get_if<Presence>(&node.form)) return startOf(*has->of);
    const auto* index = std::get_if<Index>(&node.form);
    return index ? startOf(*index->of) : node;
}

/// How findings call the value of a node: `steps.a`, if it is selected from a variable; else by its type.
std::string nameOf(const Node& node, const Type& type) {
    if (const auto* path = std::get_if<Path>(&node.form)) {
        std::string name = path->root;
        for (const auto& field : path->fields) name += '.' + field;
        return name;
    }
    const auto* index = std::get_if<Index>(&node.form);
    const auto* key = index ? std::get_if<Literal>(&index->at->form) : nullptr;
    const auto* of = key && key->value.isString() ? std::get_if<Path>(&index->of->form) : nullptr;
    return of ? nameOf(*index->of, type) + '.' + *key->value.text() : type.text();
}

/// What a macro loops over: index and item, or key and value. Its only variable is an item or a key.
struct RoundTypes {
    Type first;
    Type second;
    bool overKeys = false;
};

class TypeChecker {
public:
    TypeChecker(const Ast& ast, const TypeEnvironment& variables)
        : ast_(ast), variables_(variables), slots_(ast.slots) {}

    Typing run() {
        Type result = infer(*ast_.root);
        return {std::move(result), std::move(mistakes_)};
    }

private:
    Type infer(const Node& node) {
        return std::visit([&](const auto& form) { return typeOfForm(node, form); }, node.form);
    }

    Type report(const Node& node, std::string message, std::string hint = {}) {
        const auto [line, column] = placeOf(ast_.source, node.offset);
        mistakes_.push_back({line, column, std::move(message), std::move(hint)});
        return {};
    }

    Type apply(const Node& node, const Callable& callable, std::span<const Type> arguments) {
        if (auto result = resultOf(callable, arguments)) return *std::move(result);
        return report(node, "no overload: " + callText(callable, arguments), hintFor(callable, arguments));
    }

    Type typeOfForm(const Node&, const Literal& form) { return typeOf(form.value); }

    Type typeOfForm(const Node& node, const Path& path) {
        if (path.local) return selected(node, slots_[*path.local], path.root, path.fields);
        for (const auto& candidate : path.candidates)
            if (const auto found = variables_.find(candidate.name); found != variables_.end())
                return selected(node, found->second, candidate.name, std::span(path.fields).subspan(candidate.fields));
        return {};
    }

    Type typeOfForm(const Node& node, const Select& form) {
        const Type of = infer(*form.of);
        return selected(node, of, nameOf(*form.of, of), form.fields);
    }

    /// `source` is how findings call what the fields are taken from.
    Type selected(const Node& node, Type type, std::string source, std::span<const std::string> fields) {
        for (const auto& field : fields) {
            type = selected(node, type, source, field);
            source += '.' + field;
        }
        return type;
    }

    Type selected(const Node& node, const Type& type, const std::string& source, const std::string& field) {
        if (type.isDyn()) return {};
        if (type.is(Form::Optional))
            return Type::optional(selected(node, type.arguments()[0], type.arguments()[0].text(), field));
        if (type.is(Form::Map) && joined(type.arguments()[0], Form::String)) return type.arguments()[1];
        if (!type.is(Form::Object))
            return report(startOf(node), "a value of type " + type.text() + " has no field " + quoted(field));
        if (const Type* found = type.field(field)) return *found;
        if (type.isOpen()) return {};
        std::vector<std::string> names;
        std::string all;
        for (const auto& [name, of] : type.fields()) {
            names.push_back(name);
            all += (all.empty() ? "" : ", ") + quoted(name);
        }
        const std::string meant = didYouMean(field, names);
        return report(startOf(node), quoted(source) + " has no field " + quoted(field),
                      meant.empty() ? "it has " + all : "did you mean " + quoted(meant) + "?");
    }

    Type typeOfForm(const Node& node, const Presence& form) {
        const Type of = infer(*form.of);
        selected(node, of, nameOf(*form.of, of), form.field);
        return Form::Bool;
    }

    Type typeOfForm(const Node& node, const Index& form) {
        const Type of = infer(*form.of);
        const auto* key = std::get_if<Literal>(&form.at->form);
        if (of.is(Form::Object) && key && key->value.isString()) {
            Type field = selected(node, of, nameOf(*form.of, of), *key->value.text());
            return form.optional ? Type::optional(std::move(field)) : field;
        }
        return apply(node, indexing(form.optional), std::array{of, infer(*form.at)});
    }

    /// The type of what stands behind `?` in a list or a map.
    Type unwrapped(const Node& node, Type type) {
        if (type.isDyn()) return {};
        if (type.is(Form::Optional)) return type.arguments()[0];
        return report(node, "behind `?` stands an optional, not " + type.text(), "write optional.of(x)");
    }

    Type typeOfForm(const Node&, const MakeList& form) {
        Type items = Form::Open;
        for (const auto& item : form.items) {
            const Type found = infer(*item.value);
            items = joined(items, item.optional ? unwrapped(*item.value, found) : found).value_or(Type());
        }
        return Type::list(std::move(items));
    }

    Type typeOfForm(const Node&, const MakeMap& form) {
        Type keys = Form::Open, values = Form::Open;
        for (const auto& entry : form.entries) {
            const Type key = infer(*entry.key), value = infer(*entry.value);
            const bool good =
                key.isDyn() || key.is(Form::Bool) || key.is(Form::Int) || key.is(Form::Uint) || key.is(Form::String);
            if (!good) report(*entry.key, "a map has no keys of type " + key.text());
            keys = joined(keys, good ? key : Type()).value_or(Type());
            values = joined(values, entry.optional ? unwrapped(*entry.value, value) : value).value_or(Type());
        }
        return Type::map(std::move(keys), std::move(values));
    }

    Type typeOfForm(const Node& node, const Call& form) {
        std::vector<Type> arguments;
        for (const auto& argument : form.arguments) arguments.push_back(infer(*argument));
        if (!form.function) return {};
        return apply(node, {form.name, form.member ? CallShape::Member : CallShape::Global, form.function->overloads},
                     arguments);
    }

    Type typeOfForm(const Node& node, const Match& form) {
        const auto* matches = findFunction("matches", true, 2).function;
        return apply(node, {matches->name, CallShape::Member, matches->overloads},
                     std::array{infer(*form.subject), Type(Form::String)});
    }

    Type typeOfForm(const Node& node, const Binary& form) {
        const Type left = infer(*form.left);
        return apply(node, callableOf(form.op), std::array{left, infer(*form.right)});
    }

    Type typeOfForm(const Node& node, const Not& form) { return apply(node, inversion(), std::array{infer(*form.of)}); }
    Type typeOfForm(const Node& node, const Negate& form) {
        return apply(node, negation(), std::array{infer(*form.of)});
    }

    void expectBool(const Node& node, const char* what) {
        if (const Type type = infer(node); !fits(type, Form::Bool))
            report(node, std::string(what) + " must be bool, not " + type.text());
    }

    Type typeOfForm(const Node&, const Logic& form) {
        for (const auto& operand : form.operands)
            expectBool(*operand, form.decider ? "an operand of ||" : "an operand of &&");
        return Form::Bool;
    }

    Type typeOfForm(const Node& node, const Conditional& form) {
        expectBool(*form.condition, "the condition of ?:");
        const Type yes = infer(*form.yes), no = infer(*form.no);
        if (auto both = joined(yes, no)) return *std::move(both);
        if (yes.is(Form::Null) || no.is(Form::Null)) return {};  // a value or nothing, as JSON has it
        return report(node, "the two results of ?: must have one type, not " + yes.text() + " and " + no.text(),
                      "convert one of them, or write dyn(x)");
    }

    RoundTypes roundOf(const Loop& loop) {
        const Type range = infer(*loop.range);
        if (range.isDyn()) return {};
        if (range.is(Form::List)) return {Form::Int, range.arguments()[0], false};
        if (range.is(Form::Map)) return {range.arguments()[0], range.arguments()[1], true};
        if (range.is(Form::Object)) return {Form::String, {}, true};
        report(*loop.range, "a macro loops over a list or a map, not over a value of type " + range.text());
        return {};
    }

    Type typeOfForm(const Node&, const Loop& loop) {
        const RoundTypes round = roundOf(loop);
        const bool two = !loop.second.empty();
        slots_[loop.slot] = two || round.overKeys ? round.first : round.second;
        if (two) slots_[loop.slot + 1] = round.second;
        if (loop.condition) expectBool(*loop.condition, "the condition of a macro");
        Type result = loop.result ? infer(*loop.result) : slots_[loop.slot];
        switch (loop.kind) {
            case LoopKind::All:
            case LoopKind::Exists:
            case LoopKind::ExistsOne: return Form::Bool;
            case LoopKind::TransformMap: return Type::map(round.first, std::move(result));
            default: return Type::list(std::move(result));
        }
    }

    Type typeOfForm(const Node& node, const Bind& bind) {
        const Type value = infer(*bind.value);
        if (bind.kind == BindKind::Plain) {
            slots_[bind.slot] = value;
            return infer(*bind.body);
        }
        if (!fits(value, Form::Optional)) report(node, "the macro is for an optional, not for " + value.text());
        slots_[bind.slot] = value.is(Form::Optional) ? value.arguments()[0] : Type();
        Type body = infer(*bind.body);
        if (bind.kind == BindKind::OptMap) return Type::optional(std::move(body));
        if (!fits(body, Form::Optional))
            report(*bind.body, "optFlatMap makes an optional, not " + body.text(), "write optMap");
        return body.is(Form::Optional) ? body : Type::optional({});
    }

    const Ast& ast_;
    const TypeEnvironment& variables_;
    std::vector<Type> slots_;  ///< of the macros' variables that are bound now
    std::vector<Issue> mistakes_;
};

}  // namespace

Typing inferTypes(const Ast& ast, const TypeEnvironment& variables) {
    return TypeChecker(ast, variables).run();
}

}  // namespace stepd::cel
