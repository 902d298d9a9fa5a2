#include "rehearsal/crash_matrix.h"

#include <algorithm>
#include <cctype>

#include "base/units.h"
#include "rehearsal/expectation_check.h"
#include "rehearsal/json_difference.h"

namespace stepd::rehearsal {
namespace {

constexpr std::uint64_t kMostCommits = 10'000;

/// A crash makes things happen later, and changes who of several comes first: times and ids come out otherwise.
std::string withoutMoments(const std::string& json) {
    const auto inWord = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.' || c == '-';
    };
    std::string text;
    for (auto at = json.begin(); at != json.end();) {
        const auto end = std::find_if_not(at, json.end(), inWord);
        const std::string_view word(at, end);
        const bool moves = parseEventId(word) || parseRunId(word) || parseRfc3339(word);
        text += moves ? "a moment" : word;
        if (end != json.end()) text += *end;
        at = end == json.end() ? end : end + 1;
    }
    return text;
}

class Changes {
public:
    std::vector<std::string> take() { return std::move(lines_); }

    void compare(const std::string& path, const std::string& without, const std::string& with) {
        if (without != with) lines_.push_back(path + ": " + without + " without the crash, " + with + " with it");
    }

    void compareJson(const std::string& path, const std::string& without, const std::string& with) {
        const std::string expected = without.empty() ? "null" : withoutMoments(without);
        for (std::string& line : jsonDifferences(expected, withoutMoments(with), path, Match::Exact))
            lines_.push_back(std::move(line));
    }

    void compareRun(const ObservedRun& without, const ObservedRun& with, const std::string& path) {
        compare(path + "pipeline", without.run.pipeline, with.run.pipeline);
        compare(path + "state", std::string(toString(without.run.state)),
                std::string(toString(with.run.state)) + (with.why.empty() ? "" : ": " + with.why));
        compareJson(path + "output", without.run.output, with.run.output);
        compareJson(path + "error", without.run.error, with.run.error);
        for (const ObservedStep& step : without.steps)
            compareStep(step, with.find(step.record.name), path + "steps." + step.record.name + ".");
        for (const ObservedStep& step : with.steps) {
            const std::string at = path + "steps." + step.record.name + ".";
            if (without.find(step.record.name) == nullptr)
                compare(at + "state", kNotReached, std::string(toString(step.record.state)));
            checkAttempts(step, at);
        }
    }

private:
    void compareStep(const ObservedStep& without, const ObservedStep* with, const std::string& path) {
        const std::string state(toString(without.record.state));
        if (with == nullptr) return compare(path + "state", state, kNotReached);
        compare(path + "state", state, std::string(toString(with->record.state)));
        compareJson(path + "output", without.record.output, with->record.output);
    }

    void checkAttempts(const ObservedStep& step, const std::string& path) {
        std::int64_t results = 0;
        for (const AttemptRecord& attempt : step.attempts) {
            results += attempt.outcome == OutcomeClass::Ok ? 1 : 0;
            if (!attempt.finishedAt && isTerminal(step.record.state))
                lines_.push_back(path + "attempts: number " + std::to_string(attempt.number) + " was never ended");
        }
        if (results > 1) lines_.push_back(path + "output: was recorded " + std::to_string(results) + " times");
    }

    std::vector<std::string> lines_;
};

std::string joined(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "none" : text;
}

std::string describe(const Crash& crash, const Observation& undisturbed, const Observation& seen) {
    return std::string("stopped ") + (crash.fault == SimFault::CrashBefore ? "before" : "after") + " commit " +
           std::to_string(crash.commit) + ", at " +
           toText(std::chrono::round<std::chrono::milliseconds>(seen.crashedAt - undisturbed.began)) + ": ";
}

}  // namespace

std::vector<std::string> changesByCrash(const Observation& undisturbed, const Observation& seen) {
    Changes changes;
    changes.compare("runs", std::to_string(undisturbed.runs.size()), std::to_string(seen.runs.size()));
    for (std::size_t i = 0; i < std::min(undisturbed.runs.size(), seen.runs.size()); ++i)
        changes.compareRun(undisturbed.runs[i], seen.runs[i],
                           undisturbed.runs.size() == 1 ? "" : "runs[" + std::to_string(i) + "].");
    changes.compare("events", joined(undisturbed.events), joined(seen.events));
    std::vector<std::string> lines = changes.take();
    lines.insert(lines.end(), seen.problems.begin(), seen.problems.end());
    return lines;
}

MatrixResult playCrashMatrix(const Observation& undisturbed, const PlayWith& play) {
    MatrixResult result;
    for (std::uint64_t commit = 1; commit <= kMostCommits; ++commit)
        for (const SimFault fault : {SimFault::CrashBefore, SimFault::CrashAfter}) {
            const Crash crash{.commit = commit, .fault = fault};
            const Observation seen = play(crash);
            if (!seen.crashed) return result;
            for (const std::string& line : changesByCrash(undisturbed, seen))
                result.differences.push_back(describe(crash, undisturbed, seen) + line);
            if (!result.differences.empty()) return result;
            ++result.crashes;
        }
    result.differences.push_back("the case makes more than " + std::to_string(kMostCommits) + " commits");
    return result;
}

}  // namespace stepd::rehearsal
