#include "ctl/conform_checks.h"

namespace stepd::ctl {
namespace {

constexpr int kCalls = 60;

const char* nameOf(InputKind kind) {
    constexpr const char* kNames[] = {"inputs that its schema allows", "inputs at the limits of its schema",
                                      "inputs with a mistake", "inputs that nobody expects"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string oneOf(Subject& subject, InputKind kind) {
    const Json json = kind == InputKind::Valid      ? subject.inputs().valid()
                      : kind == InputKind::Boundary ? subject.inputs().boundary()
                                                    : subject.inputs().invalid();
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Options that are taken have no output to judge.
StepResult withoutOutput(StepResult result) {
    if (result.outcome == OutcomeClass::Ok) result.outcome = OutcomeClass::Skipped;
    return result;
}

}  // namespace

ConformCheck checkOptions(Subject& subject) {
    Series series(subject, "the options of --with");
    StepResult result = subject.probe().checkConfig(subject.step().type, subject.options().with, 10s);
    if (result.outcome != OutcomeClass::Ok)
        series.fail("refused: " + result.error.message + "; give options that work: --with JSON", {});
    series.take(withoutOutput(std::move(result)), {});
    return series.done();
}

ConformCheck checkWrongOptions(Subject& subject) {
    Series series(subject, "other options, right and wrong");
    SchemaInputs options(subject.step().configSchema, Json::parse(subject.options().with, nullptr, false),
                         subject.random());
    for (int i = 0; i < kCalls && series.goesOn(); ++i) {
        const Json json = i % 3 == 0 ? options.valid() : i % 3 == 1 ? options.boundary() : options.invalid();
        if (!json.is_object()) continue;  // the daemon gives objects alone
        const std::string with = json.dump(-1, ' ', false, Json::error_handler_t::replace);
        series.take(withoutOutput(subject.probe().checkConfig(subject.step().type, with, 10s)), with);
    }
    return series.done();
}

ConformCheck checkInputs(Subject& subject, InputKind kind) {
    Series series(subject, nameOf(kind));
    const auto hostile = kind == InputKind::Hostile ? subject.inputs().hostile() : std::vector<std::string>();
    const std::size_t calls = kind == InputKind::Hostile ? hostile.size() : kCalls;
    std::size_t ended = 0;
    for (std::size_t i = 0; i < calls && series.goesOn(); ++i) {
        subject.http().set(ChanceHttp::Mood::Mixed, i);
        const std::string input = kind == InputKind::Hostile ? hostile[i] : oneOf(subject, kind);
        const StepResult result = subject.run(input);
        ended += result.outcome == OutcomeClass::Ok ? 1 : 0;
        series.take(result, input);
    }
    ConformCheck check =
        series.done(std::to_string(ended) + " ended ok" +
                    (ended > 0 && subject.hasOutputSchema() ? ", and their outputs fit the schema" : ""));
    if (kind == InputKind::Valid && ended == 0 && check.verdict == Verdict::Passed) {
        check.verdict = Verdict::Noted;
        check.detail =
            "none ended ok, so its work was not seen: write an input schema with examples, or give an input that "
            "works: --input JSON";
    }
    return check;
}

std::vector<ConformCheck> conform(Subject& subject) {
    std::vector<ConformCheck> rows{checkOptions(subject)};
    if (rows.front().verdict == Verdict::Failed) return rows;
    rows.push_back(checkWrongOptions(subject));
    for (const auto kind : {InputKind::Valid, InputKind::Boundary, InputKind::Invalid, InputKind::Hostile})
        rows.push_back(checkInputs(subject, kind));
    for (const auto check : {checkDeadline, checkCancel, checkThreads, checkLeaks, checkIdempotency})
        rows.push_back(check(subject));
    return rows;
}

}  // namespace stepd::ctl
