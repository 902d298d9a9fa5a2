#include "rehearsal/expectation_check.h"

#include <algorithm>

#include "base/units.h"
#include "json/writer.h"
#include "rehearsal/json_difference.h"

namespace stepd::rehearsal {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "none" : text;
}

class Check {
public:
    Check(const TestCase& one, const Observation& seen)
        : case_(one), seen_(seen), match_(one.expect.exact ? Match::Exact : Match::Subset) {}

    std::vector<std::string> all() {
        const Expectation& expect = case_.expect;
        if (expect.runs) compare("runs", std::to_string(*expect.runs), std::to_string(seen_.runs.size()));
        if (!seen_.runs.empty()) {
            compareRun(expect.first, seen_.runs.front(), "");
        } else if (!expect.runs) {
            lines_.emplace_back("no run was started");
        }
        for (std::size_t i = 0; i < std::min(expect.each.size(), seen_.runs.size()); ++i)
            compareRun(expect.each[i], seen_.runs[i], "runs[" + std::to_string(i) + "].");
        if (expect.waited) compareTime("waited", *expect.waited, seen_.ended - seen_.firstEvent);
        if (expect.events) compare("events", joined(*expect.events), joined(seen_.events));
        findUnended();
        return std::move(lines_);
    }

private:
    void compare(const std::string& path, const std::string& expected, const std::string& actual) {
        if (expected != actual) lines_.push_back(path + ": expected " + expected + ", was " + actual);
    }

    /// `reason`: why it is so; may be empty.
    void compareState(const std::string& path, const std::optional<std::string>& expected, const std::string& actual,
                      const std::string& reason) {
        if (expected && *expected != actual) compare(path, *expected, actual + (reason.empty() ? "" : ": " + reason));
    }

    void compareJson(const std::string& path, const std::optional<std::string>& expected, const std::string& actual) {
        if (!expected) return;
        for (std::string& line : jsonDifferences(*expected, actual, path, match_)) lines_.push_back(std::move(line));
    }

    void compareTime(const std::string& path, Duration expected, Duration actual) {
        const Duration apart = expected < actual ? actual - expected : expected - actual;
        if (apart < 1ms) return;
        compare(path, toText(expected), toText(std::chrono::round<std::chrono::milliseconds>(actual)));
    }

    void compareMoment(const std::string& path, std::optional<Duration> expected, std::optional<Timestamp> actual) {
        if (!expected) return;
        if (actual) return compareTime(path, *expected, *actual - seen_.began);
        lines_.push_back(path + ": expected " + toText(*expected) + ", has not come");
    }

    void compareRun(const ExpectedRun& expected, const ObservedRun& actual, const std::string& prefix) {
        const Run& run = actual.run;
        if (expected.pipeline) compare(prefix + "pipeline", *expected.pipeline, run.pipeline);
        compareState(prefix + "state", expected.state, std::string(toString(run.state)),
                     actual.why.empty() ? run.error : actual.why);
        compareJson(prefix + "output", expected.output, run.output);
        compareJson(prefix + "error", expected.error, run.error);
        compareMoment(prefix + "starts_at", expected.startsAt, run.startedAt);
        compareMoment(prefix + "ends_at", expected.endsAt, run.finishedAt);
        for (const auto& [name, step] : expected.steps)
            compareStep(step, actual.find(name), prefix + "steps." + name + ".");
    }

    void compareStep(const ExpectedStep& expected, const ObservedStep* actual, const std::string& prefix) {
        static const ObservedStep kNothing;
        const ObservedStep& step = actual == nullptr ? kNothing : *actual;
        const std::string state = actual == nullptr ? kNotReached : std::string(toString(step.record.state));
        compareState(prefix + "state", expected.state, state, step.record.error ? step.record.error->message : "");
        if (expected.attempts)
            compare(prefix + "attempts", std::to_string(*expected.attempts), std::to_string(step.record.attempts));
        compareJson(prefix + "output", expected.output, step.record.output);
        compareJson(prefix + "error", expected.error, step.record.error ? errorJson(*step.record.error) : "");
        compareJson(prefix + "input", expected.input, step.input);
        compareJson(prefix + "with", expected.with, step.with);
    }

    bool stateIsExpected(std::size_t run) const {
        const Expectation& expect = case_.expect;
        return (run == 0 && expect.first.state) || (run < expect.each.size() && expect.each[run].state);
    }

    void findUnended() {
        if (case_.duration) return;
        for (std::size_t i = 0; i < seen_.runs.size(); ++i) {
            const Run& run = seen_.runs[i].run;
            if (isTerminal(run.state) || stateIsExpected(i)) continue;
            lines_.push_back("run " + std::to_string(i + 1) + " of " + run.pipeline + " has not ended after " +
                             toText(std::chrono::round<std::chrono::milliseconds>(seen_.ended - seen_.began)) +
                             (seen_.runs[i].why.empty() ? "" : ": " + seen_.runs[i].why));
        }
    }

    const TestCase& case_;
    const Observation& seen_;
    const Match match_;
    std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> differencesOf(const TestCase& one, const Observation& seen) {
    return Check(one, seen).all();
}

std::string errorJson(const StepError& error) {
    json::Writer writer;
    writer.beginObject();
    writer.key("class").string(toString(error.outcome));
    writer.key("code").string(error.code);
    writer.key("message").string(error.message);
    writer.key("details").raw(error.details);
    return writer.endObject().take();
}

}  // namespace stepd::rehearsal
