#include "pipeline/expression_types.h"

#include <string_view>

namespace stepd::pipeline {
namespace {

using cel::Type;
using Form = Type::Form;

Type anEvent() {
    return Type::parse("event{name: string, data: dyn, id: string, ts: timestamp, user: dyn}");
}

Type anError() {
    return Type::parse("error{class: string, code: string, message: string, details: dyn, step: string}");
}

cel::TypeEnvironment namesOfRuns() {
    const Type step =
        Type::object("step", {{"output", {}}, {"ok", Form::Bool}, {"state", Form::String}, {"error", anError()}});
    return {{"event", anEvent()},
            {"events", Type::list(anEvent())},
            {"async", anEvent()},
            {"steps", Type::map(Form::String, step)},
            {"run", Type::parse("run{id: string, attempt: int, started_at: timestamp}")},
            {"secrets", Type::parse("map(string, string)")},
            {"error", anError()},
            {"request", Type::parse("request{id: string, body: dyn, headers: map(string, string), remote: string}")}};
}

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

void checkSite(const Site& site, yaml::Report& report) {
    const cel::Typing typing = site.program.types(typesOfNames(site.place));
    for (const auto& mistake : typing.mistakes) {
        const yaml::Mark mark = site.mark(mistake.line, mistake.column);
        if (!report.hasFinding(mark, mistake.message)) report.error(mark, site.path, mistake.message, mistake.hint);
    }
    const Expected expected = expectedOf(site);
    if (!cel::joined(expected.type, typing.result))
        report.error(site.mark(1, 1), site.path,
                     "`" + lastKey(site.path) + "` must be " + expected.text + ", not " + typing.result.text());
}

}  // namespace

const cel::TypeEnvironment& typesOfNames(Place place) {
    static const cel::TypeEnvironment kRun = namesOfRuns();
    static const cel::TypeEnvironment kEndedRun = {
        {"run", Type::parse("run{id: string, state: string, output: dyn, error: dyn}")}};
    return place == Place::Respond ? kEndedRun : kRun;
}

void checkTypes(const std::vector<Site>& sites, yaml::Report& report) {
    for (const auto& site : sites) checkSite(site, report);
}

}  // namespace stepd::pipeline
