#include "torture/run_check.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace stepd::torture {
namespace {

/// One step of a plugin.
class StepCheck {
public:
    StepCheck(const RunEvidence& evidence, const StepRecord& step, Findings& findings)
        : run_(evidence.run),
          step_(step),
          findings_(findings),
          who_("run " + std::to_string(run_.id.value) + " (" + run_.pipeline + "), step " + step.name + ": ") {
        for (const AttemptRecord& attempt : evidence.attempts)
            if (attempt.step == step.number) attempts_.push_back(attempt);
        for (const Execution& execution : evidence.executions)
            if (execution.step == step.name) executions_.push_back(execution);
        std::sort(attempts_.begin(), attempts_.end(), [](auto& a, auto& b) { return a.number < b.number; });
    }

    void check(Tally& tally) {
        checkAttempts();
        checkResult();
        checkExecutions();
        for (const AttemptRecord& attempt : attempts_)
            if (attempt.outcome) ++tally.attempts[*attempt.outcome];
        if (!executions_.empty()) tally.executedAgain += executions_.size() - 1;
    }

private:
    void require(bool holds, const std::string& sentence) const { findings_.require(holds, who_ + sentence); }

    std::int32_t countOf(OutcomeClass outcome) const {
        return static_cast<std::int32_t>(
            std::count_if(attempts_.begin(), attempts_.end(), [&](auto& one) { return one.outcome == outcome; }));
    }

    void checkAttempts() {
        require(static_cast<std::size_t>(step_.attempts) == attempts_.size(),
                std::to_string(step_.attempts) + " attempts, but " + std::to_string(attempts_.size()) + " recorded");
        for (std::size_t i = 0; i < attempts_.size(); ++i) {
            const AttemptRecord& attempt = attempts_[i];
            require(attempt.number == static_cast<std::int32_t>(i) + 1,
                    "attempt " + std::to_string(i + 1) + " is missing");
            require(attempt.finishedAt && attempt.outcome,
                    "attempt " + std::to_string(attempt.number) + " has not ended");
            if (attempt.outcome)
                require(explained(*attempt.outcome), "attempt " + std::to_string(attempt.number) + " ended as " +
                                                         std::string(toString(*attempt.outcome)) + " (" + attempt.code +
                                                         "), which nothing here explains");
        }
        require(step_.crashes == countOf(OutcomeClass::Crash), "its crashes are miscounted");
        require(step_.lost == countOf(OutcomeClass::Lost), "its lost attempts are miscounted");
    }

    bool explained(OutcomeClass outcome) const {
        switch (outcome) {
            case OutcomeClass::Ok:
            case OutcomeClass::Crash:
            case OutcomeClass::Lost: return true;
            case OutcomeClass::Transient: return run_.pipeline == "flaky";
            case OutcomeClass::Cancelled: return run_.state == RunState::Cancelled;
            default: return false;
        }
    }

    void checkResult() {
        const auto succeeded = countOf(OutcomeClass::Ok);
        require(succeeded <= 1, "a result was recorded " + std::to_string(succeeded) + " times");
        if (step_.state == StepState::Completed) {
            require(succeeded > 0, "completed, but no attempt succeeded");
            require(!step_.output.empty(), "completed without an output");
        } else {
            require(succeeded == 0, "an attempt succeeded, but it is " + std::string(toString(step_.state)));
        }
        if (succeeded > 0)
            require(attempts_.back().outcome == OutcomeClass::Ok,
                    "an attempt was recorded after the one that succeeded");
    }

    void checkExecutions() {
        const auto ok =
            std::find_if(attempts_.begin(), attempts_.end(), [](auto& one) { return one.outcome == OutcomeClass::Ok; });
        std::int32_t last = 0;
        bool successWasExecuted = false;
        for (const Execution& execution : executions_) {
            const std::string attempt = "attempt " + std::to_string(execution.attempt);
            if (ok != attempts_.end() && execution.attempt > ok->number)
                require(false, attempt + " was executed after the result of attempt " + std::to_string(ok->number) +
                                   " was recorded");
            else
                require(execution.attempt >= 1 && execution.attempt <= step_.attempts,
                        attempt + " was executed, but never recorded");
            require(execution.attempt != last, attempt + " was executed twice");
            require(execution.attempt >= last, attempt + " was executed after attempt " + std::to_string(last));
            require(execution.key == executions_.front().key, attempt + " had another idempotency key");
            last = execution.attempt;
            successWasExecuted = successWasExecuted || (ok != attempts_.end() && execution.attempt == ok->number);
        }
        if (ok != attempts_.end()) require(successWasExecuted, "has a result that no execution brought");
    }

    const Run& run_;
    const StepRecord& step_;
    Findings& findings_;
    const std::string who_;
    std::vector<AttemptRecord> attempts_;
    std::vector<Execution> executions_;
};

void checkKeys(const RunEvidence& evidence, Findings& findings) {
    std::map<std::string, std::string> stepOfKey;
    std::set<std::string> names;
    const std::string who = "run " + std::to_string(evidence.run.id.value) + ": ";
    for (const StepRecord& step : evidence.steps)
        findings.require(names.insert(step.name).second, who + "two steps are named " + step.name);
    for (const Execution& execution : evidence.executions) {
        findings.require(names.contains(execution.step), who + "executed the unknown step " + execution.step);
        const auto [known, fresh] = stepOfKey.try_emplace(execution.key, execution.step);
        findings.require(fresh || known->second == execution.step,
                         who + "steps " + known->second + " and " + execution.step + " share an idempotency key");
    }
}

}  // namespace

std::optional<Execution> Execution::parse(const std::string& line) {
    std::istringstream in(line);
    std::string run;
    Execution execution;
    if (!(in >> run >> execution.step >> execution.attempt >> execution.key)) return std::nullopt;
    const auto ref = parseRunId(run);
    if (!ref || !(in >> std::ws).eof()) return std::nullopt;
    execution.run = ref->id;
    return execution;
}

void checkRun(const RunEvidence& evidence, Findings& findings, Tally& tally) {
    ++tally.runs;
    tally.steps += evidence.steps.size();
    tally.executions += evidence.executions.size();
    checkKeys(evidence, findings);
    for (const StepRecord& step : evidence.steps) {
        if (isTerminal(evidence.run.state))
            findings.require(isTerminal(step.state), "run " + std::to_string(evidence.run.id.value) +
                                                         " has ended, its step " + step.name + " has not");
        if (step.kind == "plugin") StepCheck(evidence, step, findings).check(tally);
    }
}

}  // namespace stepd::torture
