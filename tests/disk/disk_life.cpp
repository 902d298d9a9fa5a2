#include "disk/disk_life.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <utility>

namespace stepd::test {

/// Counts what the engine asks, so that one can wait for all answers. Each comes as one message.
class DiskLife::Counting final : public store::Store {
public:
    explicit Counting(store::Store& real) : real_(real) {}
    std::uint64_t asked = 0;

    void commit(store::Batch batch, std::function<void(store::Committed)> done) override {
        ++asked;
        real_.commit(std::move(batch), std::move(done));
    }
    void load(store::LoadQuery query, std::function<void(store::LoadedRuns)> done) override {
        ++asked;
        real_.load(std::move(query), std::move(done));
    }
    void lookup(store::Lookup lookup, std::function<void(store::Found)> done) override {
        ++asked;
        real_.lookup(std::move(lookup), std::move(done));
    }
    void findEvents(store::EventQuery query, std::function<void(std::vector<Event>)> done) override {
        ++asked;
        real_.findEvents(std::move(query), std::move(done));
    }
    void audit(std::size_t limit, std::function<void(store::Violations)> done) override {
        ++asked;
        real_.audit(limit, std::move(done));
    }
    void prune(store::Prune prune, std::function<void(store::Pruned)> done) override {
        ++asked;
        real_.prune(std::move(prune), std::move(done));
    }
    void shrink(std::size_t pages, std::function<void(bool more)> done) override {
        ++asked;
        real_.shrink(pages, std::move(done));
    }
    void refill(std::function<void(bool)> done) override {
        ++asked;
        real_.refill(std::move(done));
    }
    RevisionId saveRevision(const store::Revision& revision) override { return real_.saveRevision(revision); }
    std::optional<store::Revision> findRevision(RevisionId id) override { return real_.findRevision(id); }
    store::Image image() override { return real_.image(); }
    EventId lastEventId() override { return real_.lastEventId(); }
    RunId lastRunId() override { return real_.lastRunId(); }

private:
    store::Store& real_;
};

DiskLife::DiskLife(std::string database, engine::EngineOptions options)
    : database_(std::move(database)), options_(std::move(options)) {}

DiskLife::~DiskLife() {
    stop();
}

void DiskLife::start() {
    fatal.clear();
    failuresBefore_ = diskFailures.size();
    store::SqliteOptions storeOptions{.path = database_,
                                      .onFailure = [this](std::string why) { diskFailures.push_back(std::move(why)); }};
    if (adjust) adjust(storeOptions);
    try {
        store = std::make_unique<store::SqliteStore>(std::move(storeOptions));
        store->start();
        revisions_.clear();
        std::vector<pipeline::PipelinePtr> current;
        for (const auto& pipeline : pipelines_) {
            pipeline->revision = store->saveRevision(
                {.id = {}, .pipeline = pipeline->id, .hash = pipeline->hash, .source = pipeline->source});
            revisions_[pipeline->revision] = pipeline;
            current.push_back(pipeline);
        }
        inbox_ = std::make_shared<Mailbox<engine::Message>>();
        counting_ = std::make_unique<Counting>(*store);
        heard_ = 0;
        core = std::make_unique<engine::Core>(
            engine::EngineParts{.store = *counting_,
                                .invoker = invoker,
                                .clock = clock,
                                .random = random_,
                                .revisions = [this](RevisionId id) { return revisions_[id]; },
                                .fatal = [this](const std::string& sentence) { fatal.push_back(sentence); }},
            options_, [inbox = inbox_](engine::Message message) { inbox->post(std::move(message)); });
        invoker.listen({.finished =
                            [inbox = inbox_](std::vector<host::CallEnd> ended) {
                                for (auto& [call, result] : ended)
                                    inbox->post(engine::CallFinished{call, std::move(result)});
                            },
                        .progressed = {}});
        std::vector<engine::Message> first;
        first.emplace_back(engine::UsePipelines{std::move(current)});
        core->round(std::move(first));
    } catch (...) {
        stop();
        throw;
    }
}

void DiskLife::stop() {
    if (core) {
        post(engine::Stop{});
        settle();
    }
    core.reset();
    invoker.kill();
    if (store) store->stop();
    store.reset();
    counting_.reset();
}

bool DiskLife::turn() {
    if (!core) return false;
    auto messages = inbox_->take();
    const auto isAnswer = [](const engine::Message& message) {
        return std::holds_alternative<engine::CommitAnswered>(message) ||
               std::holds_alternative<engine::Answered>(message);
    };
    heard_ += static_cast<std::uint64_t>(std::count_if(messages.begin(), messages.end(), isAnswer));
    while (heard_ < counting_->asked) {
        auto more = inbox_->takeUntil(std::nullopt);
        heard_ += static_cast<std::uint64_t>(std::count_if(more.begin(), more.end(), isAnswer));
        messages.insert(messages.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    if (!messages.empty()) {
        core->round(std::move(messages));
        return true;
    }
    if (dead()) return false;
    if (const auto due = core->nextDue(); due && *due <= clock.instant()) {
        core->round({});
        return true;
    }
    return invoker.pumpOne();
}

void DiskLife::settle() {
    while (turn()) {
    }
    waitForStore();
}

/// Also for what it does after an answer: a checkpoint, and saying that the disk has failed.
void DiskLife::waitForStore() {
    if (!store) return;
    const auto through = std::make_shared<std::promise<void>>();
    store->commit({}, [through](const store::Committed&) { through->set_value(); });
    through->get_future().wait();
}

std::optional<Instant> DiskLife::nextDue() const {
    if (dead()) return std::nullopt;
    const auto mine = core->nextDue();
    const auto its = invoker.nextDue();
    return mine && its ? std::min(*mine, *its) : mine ? mine : its;
}

void DiskLife::advance(Duration by) {
    const Instant until = clock.instant() + by;
    const bool wasFull = full();
    settle();
    while (!dead() && (wasFull || !full())) {
        const auto due = nextDue();
        if (!due || *due > until) return clock.advance(std::max(Duration::zero(), until - clock.instant()));
        clock.advance(std::max(Duration::zero(), *due - clock.instant()));
        settle();
    }
}

}  // namespace stepd::test
