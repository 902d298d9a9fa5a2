#include "rehearsal/script_book.h"

#include <algorithm>

#include "base/units.h"

namespace stepd::rehearsal {
namespace {

/// `pages[3].fetch` -> `fetch`, `pages[3]` -> `pages`.
std::string stepIdOf(const std::string& record) {
    const std::string last = record.substr(record.rfind("].") == std::string::npos ? 0 : record.rfind("].") + 2);
    return last.substr(0, last.find('['));
}

/// How many attempts of a step ended because the daemon died.
std::int32_t lostOf(store::Readers& readers, const host::StepCall& call) {
    const auto run = parseRunId(call.runId);
    if (!run || call.attempt == 1) return 0;
    for (const StepRecord& record : readers.stepsOf(run->id))
        if (record.name == call.stepId) {
            const auto attempts = readers.attemptsOf(run->id);
            return static_cast<std::int32_t>(std::ranges::count_if(attempts, [&](const AttemptRecord& attempt) {
                return attempt.step == record.number && attempt.outcome == OutcomeClass::Lost;
            }));
        }
    return 0;
}

}  // namespace

ScriptedAnswer ScriptBook::answer(const host::StepCall& call) {
    const auto* found = find(call);
    if (found == nullptr) return unscripted(call, 0);
    const Script& script = found->second;
    const std::size_t index = script.always ? 0 : place(script, call);
    if (index >= script.answers.size()) return unscripted(call, script.answers.size());
    ScriptedAnswer answer = script.answers[index];
    const bool hangs = !answer.result;
    if (hangs || answer.takes > call.timeout) {
        answer.takes = call.timeout;
        answer.result = scriptedFailure(OutcomeClass::Timeout, hangs ? "killed" : "deadline",
                                        "the step did not finish within " + toText(call.timeout));
    }
    return answer;
}

const std::pair<const std::string, Script>* ScriptBook::find(const host::StepCall& call) const {
    for (const std::string& name : {call.stepId, stepIdOf(call.stepId)})
        if (const auto found = case_.steps.find(name); found != case_.steps.end()) return &*found;
    const auto found = case_.plugins.find(call.plugin);
    return found == case_.plugins.end() ? nullptr : &*found;
}

std::size_t ScriptBook::place(const Script& script, const host::StepCall& call) {
    const auto [place, fresh] =
        places_.try_emplace({call.runId, call.stepId, call.attempt - lostOf(readers_, call)}, used_[&script]);
    if (fresh) ++used_[&script];
    return place->second;
}

ScriptedAnswer ScriptBook::unscripted(const host::StepCall& call, std::size_t answers) {
    const std::string what = answers == 0
                                 ? "step " + call.stepId + " calls the plugin " + call.plugin +
                                       ", which has no answer in this case: write `plugins: {" + call.plugin +
                                       ": [{return: {...}}]}`"
                                 : "step " + call.stepId + " calls the plugin " + call.plugin + " again when its " +
                                       (answers == 1 ? "answer is" : std::to_string(answers) + " answers are") +
                                       " used up: write one more, or one without a list for all calls";
    unscripted_.try_emplace(call.stepId, what);
    return {.takes = {}, .result = scriptedFailure(OutcomeClass::Permanent, "unscripted", what)};
}

std::vector<std::string> ScriptBook::unscripted() const {
    std::vector<std::string> sentences;
    for (const auto& [step, sentence] : unscripted_) sentences.push_back(sentence);
    return sentences;
}

}  // namespace stepd::rehearsal
