#include <cmath>
#include <iostream>
#include <map>

#include "base/system_clock.h"
#include "cel/cel.h"
#include "cel/conformance.h"
#include "cel/map_activation.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/eval_names.h"
#include "pipeline/name_types.h"

namespace stepd::ctl {
namespace {

EvalNames namesFor(const Common& common, const EvalOptions& options) {
    if (!options.event.empty()) {
        const Json event = Json::parse(argumentText('@' + options.event), nullptr, false);
        if (event.is_discarded()) throw Refused(options.event + " is not valid JSON");
        return namesOfEvent(event, SystemClock().now());
    }
    if (options.run.empty()) return {};
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json run = client.get("/api/v1/runs/" + encoded(options.run));
    const std::string event = run.value("event_id", "");
    return namesOfRun(run, event.empty() ? Json() : client.get("/api/v1/events/" + encoded(event)));
}

/// The types that the names have in pipelines.
cel::TypeEnvironment typesOf(const EvalNames& names) {
    cel::TypeEnvironment types;
    for (const auto& [name, type] : pipeline::typesOfNames(pipeline::Place::Condition))
        if (names.contains(name)) types.emplace(name, type);
    return types;
}

int refuse(const Common& common, const std::vector<cel::Issue>& issues) {
    Json list = Json::array();
    for (const auto& issue : issues) {
        list.push_back(
            {{"line", issue.line}, {"column", issue.column}, {"message", issue.message}, {"hint", issue.hint}});
        if (common.json) continue;
        std::cout << issue.line << ':' << issue.column << ": " << issue.message << '\n';
        if (!issue.hint.empty()) std::cout << "    hint: " << issue.hint << '\n';
    }
    if (common.json) std::cout << Json{{"mistakes", list}}.dump(2) << '\n';
    return 1;
}

int refuse(const Common& common, const std::string& sentence) {
    if (common.json)
        std::cout << Json{{"error", sentence}}.dump(2) << '\n';
    else
        std::cout << "error: " << sentence << '\n';
    return 1;
}

int print(const Common& common, const cel::Value& value) {
    std::string text = cel::toJson(value).value_or("");
    const std::string type = cel::typeOf(value).text();
    if (const auto named = value.asType()) text = Json(cel::typeName(*named)).dump();
    if (const auto real = value.asDouble(); real && !std::isfinite(*real))
        text = std::isnan(*real) ? "\"NaN\"" : *real > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    if (text.empty()) return refuse(common, "it gives a value of type " + type + " that JSON cannot hold");
    if (common.json)
        std::cout << "{\"value\":" << text << ",\"type\":" << Json(type).dump() << "}\n";
    else
        std::cout << text << " : " << type << '\n';
    return 0;
}

int runCases(const Common& common, const std::string& file) {
    struct Score {
        int passed = 0;
        int failed = 0;
    };
    std::map<std::string, Score> suites;
    Score all;
    Json failures = Json::array();
    for (const auto& outcome : cel::runCases(argumentText('@' + file))) {
        const bool passed = outcome.problem.empty();
        for (Score* score : {&suites[outcome.suite.substr(0, outcome.suite.find('/'))], &all})
            ++(passed ? score->passed : score->failed);
        if (passed) continue;
        failures.push_back({{"suite", outcome.suite},
                            {"name", outcome.name},
                            {"expr", outcome.expression},
                            {"problem", outcome.problem}});
        if (!common.json)
            std::cout << outcome.suite << ' ' << outcome.name << ": " << outcome.expression << ": " << outcome.problem
                      << '\n';
    }
    Json scores = Json::object();
    for (const auto& [suite, score] : suites) {
        scores[suite] = {{"passed", score.passed}, {"failed", score.failed}};
        if (!common.json && !common.quiet)
            std::cout << suite << ": " << score.passed << " passed, " << score.failed << " failed\n";
    }
    if (common.json)
        std::cout
            << Json{{"passed", all.passed}, {"failed", all.failed}, {"suites", scores}, {"failures", failures}}.dump(2)
            << '\n';
    else
        std::cout << all.passed << " passed, " << all.failed << " failed\n";
    return all.failed == 0 ? 0 : 1;
}

}  // namespace

int eval(const Common& common, const EvalOptions& options) {
    if (!options.cases.empty()) return runCases(common, options.cases);
    const EvalNames names = namesFor(common, options);
    cel::CompileOptions compiling;
    compiling.roots.emplace();
    for (const auto& [name, value] : names) compiling.roots->push_back(name);
    const auto program = cel::compile(argumentText(options.expression), compiling);
    if (!program) {
        auto issues = program.error();
        for (auto& issue : issues)
            if (names.empty() && issue.hint.empty() && issue.message.starts_with("unknown name"))
                issue.hint = "--event FILE and --run ID give names their values";
        return refuse(common, issues);
    }
    const auto typing = program->types(typesOf(names));
    if (!typing.mistakes.empty()) return refuse(common, typing.mistakes);
    const auto value = program->evaluate(cel::MapActivation(names));
    return value ? print(common, *value) : refuse(common, value.error().message);
}

}  // namespace stepd::ctl
