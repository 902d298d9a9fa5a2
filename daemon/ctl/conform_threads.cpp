#include <algorithm>
#include <array>
#include <utility>

#include "ctl/conform_checks.h"

namespace stepd::ctl {
namespace {

constexpr std::size_t kInputs = 8, kRounds = 25;

/// What a call came to, for comparing.
Json answerOf(const StepResult& result) {
    Json answer{{"class", toString(result.outcome)}};
    if (result.outcome == OutcomeClass::Ok)
        answer["output"] = Json::parse(result.output, nullptr, false);
    else
        answer["code"] = result.error.code;
    return answer;
}

/// True if `other` is what both `first` and `second` are, where these two are the same: times and the like may differ.
bool agrees(const Json& first, const Json& second, const Json& other) {
    if (first == second) return other == first;
    const bool alike = first.is_structured() && first.type() == second.type() && first.type() == other.type() &&
                       first.size() == second.size() && first.size() == other.size();
    if (!alike) return true;
    if (first.is_array()) {
        for (std::size_t i = 0; i < first.size(); ++i)
            if (!agrees(first[i], second[i], other[i])) return false;
        return true;
    }
    for (const auto& [key, value] : first.items())
        if (second.contains(key) && (!other.contains(key) || !agrees(value, second[key], other[key]))) return false;
    return true;
}

struct Sample {
    std::string input;
    Json first, second;
};

host::StepCall callOf(Subject& subject, const std::string& input, std::size_t number) {
    host::StepCall call = subject.call(input);
    call.idempotencyKey = call.runId = "conform-" + std::to_string(number);
    return call;
}

/// Each alone, twice.
std::vector<Sample> alone(Subject& subject, Series& series) {
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < kInputs && series.goesOn(); ++i) {
        Sample sample{.input = subject.inputs().valid().dump(), .first = {}, .second = {}};
        for (Json* answer : {&sample.first, &sample.second}) {
            const StepResult result = subject.probe().await(subject.probe().begin(callOf(subject, sample.input, i)));
            series.take(result, sample.input);
            *answer = answerOf(result);
        }
        samples.push_back(std::move(sample));
    }
    return samples;
}

/// Whether it gives the same alone, however often: else nothing follows from an answer that differs.
bool steady(Subject& subject, const Sample& sample, std::size_t number) {
    for (int i = 0; i < 20; ++i) {
        const auto call = subject.probe().begin(callOf(subject, sample.input, number));
        if (!agrees(sample.first, sample.second, answerOf(subject.probe().await(call)))) return false;
    }
    return true;
}

/// Which threads there are to check; empty: several.
std::string whyNoThreads(const Subject& subject) {
    if (subject.options().atOnce > 1) return {};
    return subject.step().threading == 0 ? "the step is serial: one call at a time"
                                         : "another step of the plugin is serial, and so it is too";
}

}  // namespace

ConformCheck checkThreads(Subject& subject) {
    Series series(subject, "calls at once");
    if (const std::string reason = whyNoThreads(subject); !reason.empty()) return skipped(series.done(), reason);
    subject.http().set(ChanceHttp::Mood::Mixed, 1);
    const std::vector<Sample> samples = alone(subject, series);
    for (std::size_t round = 0; round < kRounds && series.goesOn(); ++round) {
        std::vector<host::CallId> calls;
        for (std::size_t i = 0; i < samples.size(); ++i)
            calls.push_back(subject.probe().begin(callOf(subject, samples[i].input, i)));
        std::vector<Json> answers;
        for (std::size_t i = 0; i < calls.size(); ++i) {
            const StepResult result = subject.probe().await(calls[i]);
            series.take(result, samples[i].input);
            answers.push_back(answerOf(result));
        }
        for (std::size_t i = 0; i < answers.size() && series.goesOn(); ++i) {
            if (agrees(samples[i].first, samples[i].second, answers[i])) continue;
            if (!steady(subject, samples[i], i))
                return skipped(series.done(), "alone it gives now this and now that, so nothing can be compared");
            series.fail("among others it gave " + answers[i].dump().substr(0, 200) + ", alone " +
                            samples[i].first.dump().substr(0, 200) +
                            ": threads share what they should not; guard it, or declare the step serial",
                        samples[i].input);
        }
    }
    return series.done();
}

ConformCheck checkIdempotency(Subject& subject) {
    Series series(subject, "one key for all attempts");
    const auto changes = [](const FetchRequest& request) {
        return request.method != "GET" && request.method != "HEAD";
    };
    std::string loose;
    bool effects = false;
    for (std::size_t i = 0; i < 10 && series.goesOn(); ++i) {
        const std::string input = subject.inputs().valid().dump();
        std::array<std::vector<FetchRequest>, 2> asked;
        for (std::size_t attempt = 0; attempt < asked.size(); ++attempt) {
            subject.http().set(ChanceHttp::Mood::Kind, i);
            host::StepCall call = callOf(subject, input, i);
            call.attempt = static_cast<std::int32_t>(attempt) + 1;
            series.take(subject.probe().await(subject.probe().begin(std::move(call))), input);
            for (FetchRequest& request : subject.http().asked())
                if (changes(request)) asked[attempt].push_back(std::move(request));
        }
        effects = effects || !asked[0].empty();
        for (std::size_t r = 0; r < asked[0].size(); ++r) {
            const FetchRequest& request = asked[0][r];
            std::string all = request.url + request.body;
            for (const auto& [name, value] : request.headers) all += value;
            const bool keyed = all.find("conform-" + std::to_string(i)) != std::string::npos;
            const bool same = r < asked[1].size() && asked[1][r].body == request.body &&
                              asked[1][r].url == request.url && asked[1][r].headers == request.headers;
            if (!keyed && !same && loose.empty()) loose = request.method + " " + request.url;
        }
    }
    ConformCheck check = series.done(effects ? "what it asks for is the same in each attempt, or names the key" : "");
    if (check.verdict != Verdict::Passed) return check;
    if (!effects)
        return check.verdict = Verdict::Skipped, check.detail = "it sends nothing that could have an effect", check;
    if (!loose.empty())
        check.verdict = Verdict::Noted,
        check.detail = loose +
                       " differs between two attempts and names no key: if the other side forgets nothing, it happens "
                       "twice; send ctx.idempotencyKey() along";
    return check;
}

}  // namespace stepd::ctl
