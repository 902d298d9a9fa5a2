#include "rehearsal/rehearsal.h"

#include <algorithm>
#include <iterator>

namespace stepd::rehearsal {

using namespace engine;

Rehearsal::Rehearsal(std::unique_ptr<Random> random, EngineOptions options, RunObserver* observer)
    : random_(std::move(random)), options_(std::move(options)), observer_(observer) {}

pipeline::PipelinePtr Rehearsal::use(const pipeline::Pipeline& pipeline) {
    auto used = std::make_shared<pipeline::Pipeline>(pipeline);
    used->revision = store.saveRevision({.id = {}, .pipeline = used->id, .hash = used->hash, .source = used->source});
    std::erase_if(pipelines_, [&](const auto& known) { return known->id == used->id; });
    pipelines_.push_back(used);
    revisions_[used->revision] = used;
    if (core) {
        std::vector<Message> messages;
        messages.emplace_back(UsePipelines{pipelines_});
        core->round(std::move(messages));
    }
    return used;
}

void Rehearsal::post(std::vector<NewEvent> events, Engine::SubmitCallback done) {
    inbox_.emplace_back(Submit{std::move(events), std::move(done)});
}

bool Rehearsal::turn() {
    if (dead()) return false;
    if (!inbox_.empty()) {
        std::vector<Message> messages(std::make_move_iterator(inbox_.begin()), std::make_move_iterator(inbox_.end()));
        inbox_.clear();
        core->round(std::move(messages));
        return true;
    }
    if (const auto due = core->nextDue(); due && *due <= clock.instant()) {
        core->round({});
        return true;
    }
    return store.pumpOne() || invoker.pumpOne();
}

bool Rehearsal::moves() const {
    if (dead()) return false;
    const auto due = nextDue();
    return !inbox_.empty() || store.waiting() != 0 || (due && *due <= clock.instant());
}

void Rehearsal::settle() {
    while (turn()) {
    }
}

std::optional<Instant> Rehearsal::nextDue() const {
    if (dead()) return std::nullopt;
    const auto mine = core->nextDue();
    const auto its = invoker.nextDue();
    return mine && its ? std::min(*mine, *its) : mine ? mine : its;
}

bool Rehearsal::goOn(Instant until) {
    settle();
    const auto due = nextDue();
    if (!due || *due > until) return false;
    clock.advance(std::max(Duration::zero(), *due - clock.instant()));
    settle();
    return true;
}

void Rehearsal::advance(Duration by) {
    const Instant until = clock.instant() + by;
    while (goOn(until)) {
    }
    if (until > clock.instant()) clock.advance(until - clock.instant());
    settle();
}

std::string Rehearsal::why(RunId run) {
    if (dead()) return {};
    std::string sentence;
    post(AskWhy{run, [&sentence](const std::vector<Wait>& waits) {
                    for (const Wait& wait : waits) {
                        if (!sentence.empty()) sentence += "; ";
                        sentence += wait.sentence;
                    }
                }});
    settle();
    return sentence;
}

void Rehearsal::kill() {
    store.crash();
    invoker.kill();
    inbox_.clear();
    core.reset();
}

std::vector<pipeline::PipelinePtr> Rehearsal::current() const {
    std::vector<pipeline::PipelinePtr> current;
    for (const auto& one : pipelines_)
        if (!brokenRevisions.contains(one->revision)) current.push_back(one);
    return current;
}

void Rehearsal::start() {
    store.restart();
    core = std::make_unique<Core>(
        EngineParts{
            .store = store,
            .invoker = invoker,
            .clock = clock,
            .random = *random_,
            .revisions = [this](RevisionId id) { return brokenRevisions.contains(id) ? nullptr : revisions_[id]; },
            .observer = observer_,
            .fatal = [this](const std::string& sentence) { fatal.push_back(sentence); }},
        options_, [this](Message message) { inbox_.push_back(std::move(message)); });
    invoker.listen({
        .finished =
            [this](std::vector<host::CallEnd> ended) {
                for (auto& [call, result] : ended) inbox_.emplace_back(CallFinished{call, std::move(result)});
            },
        .progressed = {},
    });
    std::vector<Message> first;
    first.emplace_back(UsePipelines{current()});
    core->round(std::move(first));
}

}  // namespace stepd::rehearsal
