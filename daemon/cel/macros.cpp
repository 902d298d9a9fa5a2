#include "cel/macros.h"

#include <algorithm>

namespace stepd::cel {
namespace {

using Expanded = Result<Node::Form, SyntaxError>;

Expanded fail(std::size_t offset, std::string message, std::string hint = {}) {
    return Expanded::failure({offset, std::move(message), std::move(hint)});
}

struct LoopMacro {
    std::string_view name;
    LoopKind kind;
    std::size_t variables;
    bool filters;
    bool transforms;
};

// clang-format off
constexpr LoopMacro kLoops[] = {
    {"all",           LoopKind::All,          1, true,  false},
    {"exists",        LoopKind::Exists,       1, true,  false},
    {"exists_one",    LoopKind::ExistsOne,    1, true,  false},
    {"existsOne",     LoopKind::ExistsOne,    1, true,  false},
    {"filter",        LoopKind::Filter,       1, true,  false},
    {"map",           LoopKind::Map,          1, false, true},
    {"map",           LoopKind::Map,          1, true,  true},
    {"all",           LoopKind::All,          2, true,  false},
    {"exists",        LoopKind::Exists,       2, true,  false},
    {"exists_one",    LoopKind::ExistsOne,    2, true,  false},
    {"existsOne",     LoopKind::ExistsOne,    2, true,  false},
    {"transformList", LoopKind::Map,          2, false, true},
    {"transformList", LoopKind::Map,          2, true,  true},
    {"transformMap",  LoopKind::TransformMap, 2, false, true},
    {"transformMap",  LoopKind::TransformMap, 2, true,  true},
};
// clang-format on

std::size_t arity(const LoopMacro& macro) {
    return macro.variables + (macro.filters ? 1 : 0) + (macro.transforms ? 1 : 0);
}

/// The plain identifier that a macro binds; null if the argument is anything else.
const std::string* variableOf(const NodePtr& argument) {
    const auto* path = std::get_if<Path>(&argument->form);
    return path && path->fields.empty() && !path->absolute ? &path->root : nullptr;
}

Expanded variableExpected(const WrittenCall& call, const NodePtr& argument) {
    return fail(argument->offset, std::string(call.name) + " takes the name of a variable here");
}

Expanded expandHas(WrittenCall& call) {
    NodePtr of = std::move(call.arguments[0]);
    const std::size_t offset = of->offset;
    std::string field;
    if (auto* path = std::get_if<Path>(&of->form); path && !path->fields.empty()) {
        field = std::move(path->fields.back());
        path->fields.pop_back();
    } else if (auto* select = std::get_if<Select>(&of->form)) {
        field = std::move(select->fields.back());
        select->fields.pop_back();
    } else {
        return fail(offset, "has() takes a field selection", "write has(x.name); for a key in a variable, key in x");
    }
    return Node::Form(Presence{std::move(of), std::move(field)});
}

Expanded expandLoop(WrittenCall& call, const LoopMacro& macro) {
    Loop loop{.kind = macro.kind,
              .range = std::move(call.receiver),
              .first = {},
              .second = {},
              .condition = {},
              .result = {}};
    auto argument = call.arguments.begin();
    for (std::size_t i = 0; i < macro.variables; ++i, ++argument) {
        const auto* name = variableOf(*argument);
        if (!name) return variableExpected(call, *argument);
        (i == 0 ? loop.first : loop.second) = *name;
    }
    if (loop.first == loop.second)
        return fail(call.arguments[1]->offset, "the two variables of " + std::string(call.name) + " have one name");
    if (macro.filters) loop.condition = std::move(*argument++);
    if (macro.transforms) loop.result = std::move(*argument);
    return Node::Form(std::move(loop));
}

Expanded expandBind(WrittenCall& call, BindKind kind, NodePtr value, NodePtr variable, NodePtr body) {
    const auto* name = variableOf(variable);
    if (!name) return variableExpected(call, variable);
    return Node::Form(Bind{kind, *name, std::move(value), std::move(body)});
}

Expanded expandOptional(WrittenCall& call, BindKind kind) {
    return expandBind(call, kind, std::move(call.receiver), std::move(call.arguments[0]), std::move(call.arguments[1]));
}

}  // namespace

std::optional<Expanded> expandMacro(WrittenCall& call) {
    const std::size_t given = call.arguments.size();
    if (!call.receiver) {
        if (call.name == "has" && given == 1) return expandHas(call);
        if (call.name == "cel.bind" && given == 3)
            return expandBind(call, BindKind::Plain, std::move(call.arguments[1]), std::move(call.arguments[0]),
                              std::move(call.arguments[2]));
        return std::nullopt;
    }
    if (call.name == "optMap" && given == 2) return expandOptional(call, BindKind::OptMap);
    if (call.name == "optFlatMap" && given == 2) return expandOptional(call, BindKind::OptFlatMap);
    // `map` with three arguments has a filter, not two variables: the table tells the forms of a name apart by their
    // count.
    const auto* found = std::find_if(std::begin(kLoops), std::end(kLoops), [&](const LoopMacro& macro) {
        return macro.name == call.name && arity(macro) == given;
    });
    if (found == std::end(kLoops)) return std::nullopt;
    return expandLoop(call, *found);
}

}  // namespace stepd::cel
