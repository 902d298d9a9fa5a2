#include "rehearsal/case_player.h"

#include <algorithm>

#include "base/units.h"

namespace stepd::rehearsal {
namespace {

constexpr std::uint64_t kMostTurns = 5'000'000;
constexpr std::size_t kAll = 1'000'000;
constexpr std::size_t kMostSlots = 1000;  // calls of a plugin at once: a pipeline's own limits shall show, no worker's

class MiddleRandom final : public Random {
public:
    std::uint64_t next() override { return std::uint64_t{1} << 63U; }
};

engine::NewEvent eventOf(const SentEvent& sent) {
    engine::NewEvent event;
    event.name = sent.name;
    event.externalId = sent.id;
    event.data = sent.data;
    event.user = sent.user;
    event.ts = sent.ts;
    return event;
}

}  // namespace

CasePlayer::CasePlayer(const TestFile& file, const TestCase& one, const engine::EngineOptions& options)
    : case_(one), world_(std::make_unique<MiddleRandom>(), options), book_(one, world_.store) {
    if (one.now) world_.clock.jumpWall(*one.now - world_.clock.now());
    for (const SentEvent& event : one.events) sendings_.push_back({.at = event.at, .event = &event});
    if (one.cancel) sendings_.push_back({.at = one.cancel->at});
    for (const auto& pipeline : file.pipelines) {
        world_.use(*pipeline);
        for (const pipeline::Step& step : pipeline->steps) world_.invoker.setSlots(step.plugin, kMostSlots);
    }
    world_.invoker.answerAll([this](const host::StepCall& call) { return book_.answer(call); });
}

Observation CasePlayer::play(std::optional<Crash> crash) {
    world_.start();
    if (crash) world_.store.faultAt(crash->commit, crash->fault);
    start_ = world_.clock.instant();
    seen_.began = seen_.firstEvent = world_.clock.now();
    if (!case_.events.empty()) seen_.firstEvent += std::chrono::floor<std::chrono::microseconds>(case_.events[0].at);
    const Instant until = start_ + case_.duration.value_or(case_.limit);
    while (true) {
        send();
        if (!settle()) break;
        if (world_.dead()) {
            restart();
            continue;
        }
        if (over()) break;
        const auto due = nextDue();
        if (!due || *due > until) {
            if (due || case_.duration) world_.clock.advance(until - world_.clock.instant());
            break;
        }
        world_.clock.advance(std::max(Duration::zero(), *due - world_.clock.instant()));
    }
    return observe();
}

/// False if it never comes to rest, or the engine has given up.
bool CasePlayer::settle() {
    while (world_.turn())
        if (++turns_ > kMostTurns) {
            seen_.problems.emplace_back("the pipelines do not come to rest: given up after " +
                                        std::to_string(kMostTurns) + " steps of the engine");
            return false;
        }
    for (const std::string& sentence : world_.fatal) seen_.problems.push_back("the engine gave up: " + sentence);
    return world_.fatal.empty();
}

/// What is due and not answered, unless it is on its way.
void CasePlayer::send() {
    for (Sending& sending : sendings_) {
        if (sending.answered || sending.handedIn || start_ + sending.at > world_.clock.instant()) continue;
        sending.handedIn = true;
        if (sending.event != nullptr) {
            sendEvent(sending);
        } else {
            sendCancel(sending);
        }
    }
}

void CasePlayer::sendEvent(Sending& sending) {
    std::vector<engine::NewEvent> events;
    events.push_back(eventOf(*sending.event));
    world_.post(std::move(events), [this, &sending](const std::vector<engine::Submitted>& answers) {
        sending.answered = true;
        for (const engine::Submitted& answer : answers) {
            own_.insert(answer.event);
            if (answer.status != engine::SubmitStatus::Accepted)
                seen_.problems.push_back("the event " + sending.event->name + " was refused: " + answer.message);
        }
    });
}

void CasePlayer::sendCancel(Sending& sending) {
    std::vector<Run> runs = world_.store.listRuns({}, {.before = {}, .limit = kAll});
    if (runs.size() < case_.cancel->run) {
        sending.answered = true;
        seen_.problems.push_back("there is no run number " + std::to_string(case_.cancel->run) + " to cancel after " +
                                 toText(sending.at));
        return;
    }
    const Run& run = runs[runs.size() - case_.cancel->run];
    // Sent again after a crash, it would end the `finally` that the first one began.
    if (run.ending) {
        sending.answered = true;
        return;
    }
    world_.post(engine::Cancel{run.id, [&sending](engine::CancelStatus) { sending.answered = true; }});
}

void CasePlayer::restart() {
    seen_.crashed = true;
    seen_.crashedAt = world_.clock.now();
    world_.kill();
    for (Sending& sending : sendings_) sending.handedIn = false;
    world_.start();
}

bool CasePlayer::over() {
    if (case_.duration) return false;
    return world_.store.stats().runsOpen == 0 &&
           std::ranges::all_of(sendings_, [](const Sending& sending) { return sending.answered; });
}

std::optional<Instant> CasePlayer::nextDue() const {
    auto due = world_.nextDue();
    for (const Sending& sending : sendings_)
        if (!sending.answered && !sending.handedIn) due = std::min(due.value_or(Instant::max()), start_ + sending.at);
    return due;
}

Observation CasePlayer::observe() {
    seen_.ended = seen_.firstEvent;
    seen_.commits = world_.store.commits();
    LastCalls lastCalls;
    for (const host::StepCall& call : world_.invoker.calls()) lastCalls[{call.runId, call.stepId}] = &call;
    std::vector<Run> runs = world_.store.listRuns({}, {.before = {}, .limit = kAll});
    std::reverse(runs.begin(), runs.end());
    for (Run& run : runs) {
        ObservedRun& observed = seen_.runs.emplace_back();
        observed.steps = observeSteps(run, lastCalls);
        if (!isTerminal(run.state)) observed.why = world_.why(run.id);
        seen_.ended = std::max(seen_.ended, run.finishedAt.value_or(world_.clock.now()));
        observed.run = std::move(run);
    }
    seen_.events = sentByPipelines();
    for (std::string& sentence : book_.unscripted()) seen_.problems.push_back(std::move(sentence));
    return std::move(seen_);
}

std::vector<ObservedStep> CasePlayer::observeSteps(const Run& run, const LastCalls& lastCalls) {
    const auto attempts = world_.store.attemptsOf(run.id);
    std::vector<ObservedStep> steps;
    for (StepRecord& record : world_.store.stepsOf(run.id)) {
        ObservedStep& step = steps.emplace_back();
        std::ranges::copy_if(attempts, std::back_inserter(step.attempts),
                             [&](const AttemptRecord& attempt) { return attempt.step == record.number; });
        const auto last = lastCalls.find({publicId(run.id, run.createdAt), record.name});
        if (last != lastCalls.end()) {
            step.input = last->second->input;
            step.with = last->second->config;
        }
        step.record = std::move(record);
    }
    return steps;
}

/// The engine's own, `stepd.cron` and the like, are nobody's.
std::vector<std::string> CasePlayer::sentByPipelines() {
    std::vector<std::string> names;
    for (const Event& event : world_.store.listEvents({}, {.before = {}, .limit = kAll}))
        if (!own_.contains(event.id) && !event.name.starts_with("stepd.")) names.push_back(event.name);
    std::reverse(names.begin(), names.end());
    return names;
}

}  // namespace stepd::rehearsal
