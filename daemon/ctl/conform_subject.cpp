#include "ctl/conform_subject.h"

#include <chrono>
#include <utility>

namespace stepd::ctl {
namespace {

constexpr auto kLongestSeries = 20s;
constexpr auto kCallTimeout = 5s;

}  // namespace

ConformCheck skipped(ConformCheck check, std::string why) {
    check.verdict = Verdict::Skipped;
    check.detail = std::move(why);
    return check;
}

Subject::Subject(host::PluginProbe& probe, ChanceHttp& http, host::StepDescription step, Options options)
    : probe_(probe),
      http_(http),
      step_(std::move(step)),
      options_(std::move(options)),
      random_(options_.seed),
      inputs_(step_.inputSchema, options_.example, random_) {
    if (step_.outputSchema.empty()) return;
    if (auto compiled = pipeline::JsonSchema::compile(step_.outputSchema)) output_ = std::move(*compiled);
}

host::StepCall Subject::call(std::string input) const {
    host::StepCall call;
    call.step = step_.type;
    call.config = options_.with;
    call.input = std::move(input);
    call.timeout = kCallTimeout;
    call.attemptsLeft = 2;
    return call;
}

StepResult Subject::run(std::string input) {
    return probe_.await(probe_.begin(call(std::move(input))));
}

std::optional<std::string> Subject::faultOf(const StepResult& result) const {
    const std::string said = result.error.message.empty() ? result.error.code : result.error.message;
    switch (result.outcome) {
        case OutcomeClass::Crash:
        case OutcomeClass::Oom:
        case OutcomeClass::Hang:
        case OutcomeClass::Lost: return "its worker died: " + said;
        case OutcomeClass::Denied: return "the sandbox refused what it did: " + said;
        case OutcomeClass::Bug: return "it ended as class bug: " + said;
        case OutcomeClass::Timeout:
        case OutcomeClass::Cancelled:
            if (result.error.code == "killed") return "it did not stop when it was told to, and its worker was killed";
            return std::nullopt;
        default: return std::nullopt;
    }
}

std::optional<std::string> Subject::misfitOf(const StepResult& result) const {
    if (!output_ || result.outcome != OutcomeClass::Ok) return std::nullopt;
    const auto wrong = output_->validate(result.output);
    if (wrong.empty()) return std::nullopt;
    return "its output does not fit its schema: " +
           (wrong.front().pointer.empty() ? "the output" : wrong.front().pointer) + ": " + wrong.front().message;
}

Series::Series(Subject& subject, std::string name)
    : subject_(subject),
      check_{.name = std::move(name), .detail = {}, .input = {}},
      end_(std::chrono::steady_clock::now() + kLongestSeries) {}

bool Series::goesOn() const {
    return check_.verdict == Verdict::Passed && std::chrono::steady_clock::now() < end_;
}

void Series::take(const StepResult& result, const std::string& input) {
    ++check_.calls;
    if (auto fault = subject_.faultOf(result))
        fail(std::move(*fault), input);
    else if (auto misfit = subject_.misfitOf(result))
        fail(std::move(*misfit), input);
}

void Series::fail(std::string detail, const std::string& input) {
    if (check_.verdict == Verdict::Failed) return;
    check_.verdict = Verdict::Failed;
    check_.detail = std::move(detail);
    check_.input = input;
}

ConformCheck Series::done(std::string detail) {
    if (check_.verdict == Verdict::Passed) check_.detail = std::move(detail);
    return std::move(check_);
}

}  // namespace stepd::ctl
