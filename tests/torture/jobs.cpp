#include "torture/jobs.h"

#include <nlohmann/json.hpp>

#include <array>

namespace stepd::torture {
namespace {

using enum JobKind;

/// Where a kind stands twice it is asked for twice as often.
constexpr std::array kMix{Sequence, Branches, Flaky,     Items,   Waiter,   Sequence, Relay,  Sleeper,
                          Parent,   Once,     Withdrawn, Limited, Sequence, Routed,   Waiter, Branches};

struct KindRow {
    JobKind kind;
    const char* pipeline;
    const char* answer;  ///< the event that it waits for, or null
};

constexpr KindRow kKinds[] = {
    {Sequence, "sequence", nullptr},
    {Branches, "branches", nullptr},
    {Flaky, "flaky", nullptr},
    {Sleeper, "sleeper", nullptr},
    {Waiter, "waiter", "waiter.answered"},
    {Withdrawn, "withdrawn", "withdrawn.answered"},
    {Limited, "limited", nullptr},
    {Items, "items", nullptr},
    {Relay, "relay", nullptr},
    {Parent, "parent", nullptr},
    {Routed, "routed", nullptr},
    {Once, "once", nullptr},
};

const KindRow& rowOf(std::int64_t job) {
    for (const KindRow& row : kKinds)
        if (row.kind == kindOf(job)) return row;
    throw std::logic_error("a kind of job without a row");
}

/// What the answer carries differs from what the question did.
std::int64_t answerOf(std::int64_t job) {
    return job * 10;
}

std::string dataOf(std::int64_t job, std::int64_t n) {
    return R"({"job":)" + std::to_string(job) + R"(,"n":)" + std::to_string(n) + "}";
}

std::string number(std::int64_t n) {
    return R"({"n":)" + std::to_string(n) + "}";
}

std::string list(std::int64_t first) {
    return R"({"n":[)" + std::to_string(first) + "," + std::to_string(first + 1) + "," + std::to_string(first + 2) +
           "]}";
}

}  // namespace

JobKind kindOf(std::int64_t job) {
    return kMix[static_cast<std::size_t>(job) % kMix.size()];
}

JobEvent askingEvent(std::int64_t job) {
    return {std::string(rowOf(job).pipeline) + ".asked", "ask-" + std::to_string(job), dataOf(job, job)};
}

std::optional<JobEvent> answeringEvent(std::int64_t job) {
    const char* const name = rowOf(job).answer;
    if (name == nullptr) return std::nullopt;
    return JobEvent{name, "answer-" + std::to_string(job), dataOf(job, answerOf(job))};
}

JobEvent otherEvent(std::int64_t job) {
    JobEvent event = askingEvent(job);
    event.id = "other-" + std::to_string(job);
    return event;
}

std::int64_t jobOf(const std::string& data) {
    const auto json = nlohmann::json::parse(data, nullptr, false);
    return json.is_object() ? json.value("job", std::int64_t{0}) : 0;
}

std::vector<ExpectedRun> expectedRuns(std::int64_t job) {
    const std::string pipeline = rowOf(job).pipeline;
    switch (kindOf(job)) {
        case Sequence: return {{.pipeline = pipeline, .output = number(job + 4)}};
        case Branches: return {{.pipeline = pipeline, .output = number(2 * (job + 2) + 1)}};
        case Flaky:
        case Sleeper: return {{.pipeline = pipeline, .output = number(job + 2)}};
        case Waiter: return {{.pipeline = pipeline, .output = number(answerOf(job) + 1)}};
        case Withdrawn: return {{.pipeline = pipeline, .state = RunState::Cancelled}};
        case Items: return {{.pipeline = pipeline, .output = list(job + 1)}};
        case Relay:
            return {{.pipeline = pipeline, .output = number(job + 1)},
                    {.pipeline = "relayed", .output = number(job + 2)}};
        case Parent:
            return {{.pipeline = pipeline, .output = number(job + 2)},
                    {.pipeline = "child", .output = number(job + 1)}};
        case Limited:
        case Routed:
        case Once: return {{.pipeline = pipeline, .output = number(job + 1)}};
    }
    return {};
}

int expectedEvents(std::int64_t job, const std::string& name) {
    if (name == askingEvent(job).name) return kindOf(job) == Once ? 2 : 1;
    if (const auto answer = answeringEvent(job); answer && name == answer->name) return 1;
    if (kindOf(job) == Relay && name == "relay.passed") return 1;
    return kindOf(job) == Parent && name == "stepd.invoke" ? 1 : 0;
}

int runLimit(const std::string& pipeline) {
    return pipeline == "limited" ? 2 : 0;
}

}  // namespace stepd::torture
