#include "rehearsal/script_reader.h"

#include <algorithm>
#include <array>

#include "yaml/json.h"

namespace stepd::rehearsal {
namespace {

StepResult readError(const yaml::Node& node, const std::string& path, yaml::Report& report) {
    yaml::Reader fields(node, path, report);
    StepResult result = scriptedFailure(OutcomeClass::Permanent, "", "scripted");
    std::string word;
    fields.require({"class"});
    if (fields.read("class", word)) {
        const auto outcome = parseOutcomeClass(word);
        if (!outcome || *outcome == OutcomeClass::Ok) {
            fields.error("class", "`" + word + "` is no class of errors",
                         "transient, rate_limited, upstream, timeout, invalid_input, invalid_config, unauthorized, "
                         "not_found, conflict or permanent");
        } else if (*outcome == OutcomeClass::Lost) {
            fields.error("class", "an attempt is lost when stepd dies, not when a plugin says so",
                         "`crash_matrix: true` stops stepd after every commit");
        } else {
            result.outcome = result.error.outcome = *outcome;
        }
    }
    fields.read("code", result.error.code);
    fields.read("message", result.error.message);
    fields.read("retry_after", result.error.retryAfter);
    if (const yaml::Entry* details = fields.entry("details"))
        result.error.details = yaml::toJson(*details->value, fields.path("details"), report);
    fields.finish();
    return result;
}

/// `KEY: true`.
bool readFlag(yaml::Reader& fields, const char* key) {
    bool flag = false;
    if (fields.read(key, flag) && !flag) fields.error(key, "`" + std::string(key) + "` can only be true");
    return flag;
}

ScriptedAnswer readAnswer(const yaml::Node& node, const std::string& path, yaml::Report& report) {
    yaml::Reader fields(node, path, report);
    ScriptedAnswer answer;
    fields.read("takes", answer.takes);
    if (const yaml::Entry* output = fields.entry("return"))
        answer.result.emplace().output = yaml::toJson(*output->value, fields.path("return"), report);
    if (const yaml::Entry* error = fields.entry("error"))
        answer.result = readError(*error->value, fields.path("error"), report);
    if (std::string reason; fields.read("skip", reason))
        answer.result = scriptedFailure(OutcomeClass::Skipped, "", std::move(reason));
    if (readFlag(fields, "crash"))
        answer.result = scriptedFailure(OutcomeClass::Crash, "crash", "the scripted worker died");
    if (readFlag(fields, "hang")) answer.result.reset();
    fields.finish();
    const auto said = std::ranges::count_if(std::array{"return", "error", "skip", "crash", "hang"},
                                            [&](const char* key) { return fields.has(key); });
    if (node.kind == yaml::Kind::Mapping && said != 1)
        report.error(node, path, said == 0 ? "the answer does not say what the call does" : "one answer does one thing",
                     "one of return, error, skip, crash or hang");
    return answer;
}

}  // namespace

std::map<std::string, Script> readScripts(const yaml::Node& node, const std::string& path, yaml::Report& report) {
    std::map<std::string, Script> scripts;
    for (const yaml::Entry& entry : node.entries) {
        const std::string at = path + "." + entry.key;
        Script& script = scripts[entry.key];
        script.always = entry.value->kind == yaml::Kind::Mapping;
        if (script.always) {
            script.answers.push_back(readAnswer(*entry.value, at, report));
        } else if (entry.value->kind == yaml::Kind::Sequence) {
            for (std::size_t i = 0; i < entry.value->items.size(); ++i)
                script.answers.push_back(readAnswer(*entry.value->items[i], yaml::itemPath(at, i), report));
        } else {
            report.error(*entry.value, at, "expected a list of answers, or one answer for all calls");
        }
    }
    return scripts;
}

}  // namespace stepd::rehearsal
