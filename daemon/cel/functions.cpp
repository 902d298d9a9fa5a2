#include "cel/functions.h"

#include <algorithm>

#include "base/diagnostic.h"

namespace stepd::cel {
namespace {

const std::vector<const Function*>& allFunctions() {
    static const auto all = [] {
        std::vector<const Function*> rows;
        for (const auto table : {stringFunctions(), stringExtensions(), formatFunctions(), conversionFunctions(),
                                 timeFunctions(), mathExtensions(), optionalFunctions(), encodingFunctions()})
            for (const auto& row : table) rows.push_back(&row);
        return rows;
    }();
    return all;
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
std::string arityText(const Function& row, bool member) {
    const std::size_t self = member ? 1 : 0;
    if (row.most == kAnyNumber) return "at least " + counted(row.least - self);
    if (row.least == row.most) return counted(row.least - self);
    return std::to_string(row.least - self) + " to " + counted(row.most - self);
}

FoundFunction unknown(std::string_view name) {
    if (const auto* macro = findMacro(name))
        return {nullptr, "the macro `" + std::string(name) + "` is used otherwise",
                "write " + std::string(macro->usage), true};
    std::vector<std::string> names;
    for (const auto& macro : kMacros) names.emplace_back(macro.name);
    for (const auto* row : allFunctions()) names.emplace_back(row->name);
    const auto meant = didYouMean(name, names);
    return {nullptr, "unknown function `" + std::string(name) + "`",
            meant.empty() ? "" : "did you mean `" + meant + "`?"};
}

}  // namespace

FoundFunction findFunction(std::string_view name, bool member, std::size_t arguments) {
    const Function* otherStyle = nullptr;
    const Function* otherCount = nullptr;
    for (const auto* row : allFunctions()) {
        if (row->name != name) continue;
        if (row->style == (member ? CallStyle::Global : CallStyle::Member))
            otherStyle = row;
        else if (arguments < row->least || arguments > row->most)
            otherCount = row;
        else
            return {row, {}, {}};
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
                       [&](const auto* row) { return row->name == name; });
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
