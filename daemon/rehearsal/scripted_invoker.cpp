#include "rehearsal/scripted_invoker.h"

#include <algorithm>
#include <stdexcept>

#include "base/units.h"

namespace stepd::rehearsal {
namespace {

/// The first word of `text`, which loses it and the space behind it.
std::string_view takeWord(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

Duration duration(std::string_view text) {
    const auto parsed = parseDuration(text);
    if (!parsed) throw std::invalid_argument("no duration in a script: " + std::string(text));
    return *parsed;
}

/// Of a line without `in` and `wait`.
StepResult resultOf(std::string_view answer) {
    std::string_view rest = answer;
    const auto word = takeWord(rest);
    if (word == "done") {
        StepResult result;
        result.output = rest.empty() ? "{}" : std::string(rest);
        return result;
    }
    const auto outcome = word == "retry"  ? std::optional(OutcomeClass::Transient)
                         : word == "skip" ? std::optional(OutcomeClass::Skipped)
                                          : parseOutcomeClass(word);
    if (!outcome) throw std::invalid_argument("unknown answer in a script: " + std::string(answer));
    StepResult result = scriptedFailure(*outcome, "", "scripted: " + std::string(answer));
    if (word == "retry" && !rest.empty()) {
        result.error.retryAfter = duration(rest);
    } else {
        result.error.code = std::string(rest);
    }
    return result;
}

}  // namespace

StepResult scriptedFailure(OutcomeClass outcome, std::string code, std::string message) {
    StepResult result;
    result.outcome = result.error.outcome = outcome;
    result.error.code = std::move(code);
    result.error.message = std::move(message);
    return result;
}

ScriptedAnswer scriptedAnswer(std::string_view line) {
    ScriptedAnswer answer;
    if (line.starts_with("in ")) {
        takeWord(line);
        answer.takes = duration(takeWord(line));
    }
    if (line != "wait") answer.result = resultOf(line);
    return answer;
}

void ScriptedInvoker::script(const std::string& plugin, std::vector<std::string> answers) {
    scripts_[plugin] = {answers.begin(), answers.end()};
}

void ScriptedInvoker::script(const std::string& plugin, std::function<std::string(const host::StepCall&)> answer) {
    answerers_[plugin] = std::move(answer);
}

void ScriptedInvoker::kill() {
    running_.clear();
    answers_.clear();
    listener_ = {};
}

std::size_t ScriptedInvoker::slots(std::string_view plugin) const {
    const auto found = slots_.find(plugin);
    return found == slots_.end() ? 4 : found->second;
}

std::string ScriptedInvoker::build(std::string_view plugin) const {
    const auto found = builds_.find(plugin);
    return found == builds_.end() ? std::string() : found->second;
}

ScriptedAnswer ScriptedInvoker::answerFor(const host::StepCall& call) {
    if (answerAll_) return answerAll_(call);
    if (const auto answerer = answerers_.find(call.plugin); answerer != answerers_.end())
        return scriptedAnswer(answerer->second(call));
    auto& script = scripts_[call.plugin];
    if (script.empty()) return scriptedAnswer("done {}");
    const std::string line = std::move(script.front());
    script.pop_front();
    return scriptedAnswer(line);
}

void ScriptedInvoker::invoke(host::StepCall call) {
    if (seen_) seen_(call);
    calls_.push_back(call);
    if (!running_.insert(call.id).second) throw std::logic_error("a call id was used twice");
    ScriptedAnswer answer = answerFor(call);
    if (answer.result) answers_.emplace(clock_.instant() + answer.takes, Due{call.id, std::move(*answer.result)});
}

void ScriptedInvoker::cancel(host::CallId call, host::CancelReason reason) {
    cancels_.emplace_back(call, reason);
    if (ignoresCancels_ || !running_.contains(call)) return;
    std::erase_if(answers_, [&](const auto& entry) { return entry.second.call == call; });
    answers_.emplace(clock_.instant(), Due{call, resultOf("cancelled")});
}

bool ScriptedInvoker::pumpOne() {
    if (answers_.empty() || answers_.begin()->first > clock_.instant()) return false;
    Due due = std::move(answers_.extract(answers_.begin()).mapped());
    running_.erase(due.call);
    std::vector<host::CallEnd> ended;
    ended.push_back({due.call, std::move(due.result)});
    listener_.finished(std::move(ended));
    return true;
}

std::optional<Instant> ScriptedInvoker::nextDue() const {
    if (answers_.empty()) return std::nullopt;
    return answers_.begin()->first;
}

std::vector<host::StepCall> ScriptedInvoker::callsOf(std::string_view step) const {
    std::vector<host::StepCall> found;
    std::copy_if(calls_.begin(), calls_.end(), std::back_inserter(found),
                 [&](const host::StepCall& call) { return call.stepId == step; });
    return found;
}

}  // namespace stepd::rehearsal
