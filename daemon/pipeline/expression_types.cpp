#include "pipeline/expression_types.h"

#include <string_view>

namespace stepd::pipeline {
namespace {

using cel::Type;
using Form = Type::Form;

/// What a field's expression has to give; dyn: anything.
struct Expected {
    Type type;
    const char* text = "";
};

Expected expectedOf(const Site& site) {
    const std::string_view path = site.path;
    const Expected condition{Form::Bool, "bool"}, number{Form::Int, "int"};
    switch (site.place) {
        case Place::Trigger:
        case Place::CancelOn:
        case Place::Condition:
        case Place::WaitIf:
        case Place::RetryWhen: return condition;
        case Place::Items: return {Type::list({}), "a list"};
        case Place::Flow:
            if (path.ends_with(".if")) return condition;
            return path == "priority" ? number : Expected{};
        case Place::Respond: return path.ends_with("respond.status") ? number : Expected{};
        default: return {};
    }
}

std::string lastKey(std::string_view path) {
    const auto dot = path.rfind('.');
    return std::string(dot == std::string_view::npos ? path : path.substr(dot + 1));
}

cel::Type checkSite(const Site& site, const NameTypes& names, yaml::Report& report) {
    cel::Typing typing = site.program.types(names.at(site));
    for (const auto& mistake : typing.mistakes) {
        const yaml::Mark mark = site.mark(mistake.line, mistake.column);
        if (!report.hasFinding(mark, mistake.message)) report.error(mark, site.path, mistake.message, mistake.hint);
    }
    const Expected expected = expectedOf(site);
    if (!cel::joined(expected.type, typing.result))
        report.error(site.mark(1, 1), site.path,
                     "`" + lastKey(site.path) + "` must be " + expected.text + ", not " + typing.result.text());
    return std::move(typing.result);
}

}  // namespace

std::vector<cel::Type> checkTypes(const std::vector<Site>& sites, const NameTypes& names, yaml::Report& report) {
    std::vector<cel::Type> types;
    for (const auto& site : sites) types.push_back(checkSite(site, names, report));
    return types;
}

}  // namespace stepd::pipeline
