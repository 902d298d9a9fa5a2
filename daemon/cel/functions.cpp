#include "cel/functions.h"

#include <algorithm>

#include "base/diagnostic.h"

namespace stepd::cel {
namespace {

Function ready(const FunctionRow& row) {
    Function function{row.name, row.style, row.body, parseOverloads(row.overloads), SIZE_MAX, 0};
    for (const auto& overload : function.overloads) {
        function.least = std::min(function.least, overload.parameters.size());
        function.most = std::max(function.most, overload.repeated ? SIZE_MAX : overload.parameters.size());
    }
    return function;
}

struct MacroUsage {
    std::string_view name;
    std::string_view usage;
};

// clang-format off
constexpr MacroUsage kMacros[] = {
    {"has",           "has(x.name)"},
    {"all",           "list.all(x, condition)"},
    {"exists",        "list.exists(x, condition)"},
    {"exists_one",    "list.exists_one(x, condition)"},
    {"existsOne",     "list.existsOne(i, x, condition)"},
    {"filter",        "list.filter(x, condition)"},
    {"map",           "list.map(x, result) or list.map(x, condition, result)"},
    {"transformList", "list.transformList(i, x, result)"},
    {"transformMap",  "map.transformMap(key, value, result)"},
    {"optMap",        "optional.optMap(x, result)"},
    {"optFlatMap",    "optional.optFlatMap(x, result)"},
    {"cel.bind",      "cel.bind(x, value, result)"},
};
// clang-format on

const MacroUsage* findMacro(std::string_view name) {
    const auto* found =
        std::find_if(std::begin(kMacros), std::end(kMacros), [&](const auto& row) { return row.name == name; });
    return found == std::end(kMacros) ? nullptr : found;
}

std::string counted(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

/// The receiver is not counted, as nobody who writes the call counts it.
std::string arityText(const Function& function, bool member) {
    const std::size_t self = member ? 1 : 0;
    if (function.most == SIZE_MAX) return "at least " + counted(function.least - self);
    if (function.least == function.most) return counted(function.least - self);
    return std::to_string(function.least - self) + " to " + counted(function.most - self);
}

FoundFunction unknown(std::string_view name) {
    if (const auto* macro = findMacro(name))
        return {nullptr, "the macro `" + std::string(name) + "` is used otherwise",
                "write " + std::string(macro->usage), true};
    std::vector<std::string> names;
    for (const auto& macro : kMacros) names.emplace_back(macro.name);
    for (const auto& function : allFunctions()) names.emplace_back(function.name);
    const auto meant = didYouMean(name, names);
    return {nullptr, "unknown function `" + std::string(name) + "`",
            meant.empty() ? "" : "did you mean `" + meant + "`?"};
}

}  // namespace

std::span<const Function> allFunctions() {
    static const auto kAll = [] {
        std::vector<Function> functions;
        for (const auto table : {stringFunctions(), stringExtensions(), formatFunctions(), conversionFunctions(),
                                 timeFunctions(), mathExtensions(), optionalFunctions(), encodingFunctions()})
            for (const auto& row : table) functions.push_back(ready(row));
        return functions;
    }();
    return kAll;
}

FoundFunction findFunction(std::string_view name, bool member, std::size_t arguments) {
    const Function* otherStyle = nullptr;
    const Function* otherCount = nullptr;
    for (const auto& function : allFunctions()) {
        if (function.name != name) continue;
        if (function.style == (member ? CallStyle::Global : CallStyle::Member))
            otherStyle = &function;
        else if (arguments < function.least || arguments > function.most)
            otherCount = &function;
        else
            return {&function, {}, {}};
    }
    const std::string quoted = '`' + std::string(name) + '`';
    if (otherCount)
        return {nullptr,
                quoted + " takes " + arityText(*otherCount, member) + ", not " +
                    std::to_string(arguments - (member ? 1 : 0)),
                {}};
    if (otherStyle && member)
        return {nullptr, quoted + " is not called on a value", "write " + std::string(name) + "(x)"};
    if (otherStyle) return {nullptr, quoted + " is called on a value", "write x." + std::string(name) + "()"};
    return unknown(name);
}

bool isNamespaced(std::string_view name) {
    if (name.find('.') == std::string_view::npos) return false;
    if (findMacro(name)) return true;
    return std::any_of(allFunctions().begin(), allFunctions().end(),
                       [&](const auto& function) { return function.name == name; });
}

Outcome noOverload(std::string_view name, std::span<const Value> arguments) {
    std::string kinds;
    for (const auto& argument : arguments) {
        if (&argument != arguments.data()) kinds += ", ";
        kinds += argument.typeName();
    }
    return fail("no such overload: " + std::string(name) + '(' + kinds + ')');
}

}  // namespace stepd::cel
