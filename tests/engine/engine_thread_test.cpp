#include <atomic>
#include <future>
#include <thread>

#include "base/mailbox.h"
#include "base/system_clock.h"
#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;
using namespace stepd::engine;

namespace {

/// A SimStore that carries out each call at once, on the thread that calls. Safe for many threads.
class InlineStore final : public store::Store {
public:
    void commit(store::Batch batch, std::function<void(store::Committed)> done) override {
        const MutexLock lock(mutex_);
        sim_.commit(std::move(batch), std::move(done));
        sim_.pump();
    }
    void load(store::LoadQuery query, std::function<void(store::LoadedRuns)> done) override {
        const MutexLock lock(mutex_);
        sim_.load(std::move(query), std::move(done));
        sim_.pump();
    }
    void lookup(store::Lookup lookup, std::function<void(store::Found)> done) override {
        const MutexLock lock(mutex_);
        sim_.lookup(std::move(lookup), std::move(done));
        sim_.pump();
    }
    void findEvents(store::EventQuery query, std::function<void(std::vector<Event>)> done) override {
        const MutexLock lock(mutex_);
        sim_.findEvents(std::move(query), std::move(done));
        sim_.pump();
    }
    void audit(std::size_t limit, std::function<void(store::Violations)> done) override {
        const MutexLock lock(mutex_);
        sim_.audit(limit, std::move(done));
        sim_.pump();
    }
    void prune(store::Prune prune, std::function<void(store::Pruned)> done) override {
        const MutexLock lock(mutex_);
        sim_.prune(std::move(prune), std::move(done));
        sim_.pump();
    }
    void shrink(std::size_t pages, std::function<void(bool)> done) override {
        const MutexLock lock(mutex_);
        sim_.shrink(pages, std::move(done));
        sim_.pump();
    }
    store::Image image() override {
        const MutexLock lock(mutex_);
        return sim_.image();
    }
    RevisionId saveRevision(const store::Revision& revision) override {
        const MutexLock lock(mutex_);
        return sim_.saveRevision(revision);
    }
    std::optional<store::Revision> findRevision(RevisionId id) override {
        const MutexLock lock(mutex_);
        return sim_.findRevision(id);
    }
    EventId lastEventId() override {
        const MutexLock lock(mutex_);
        return sim_.lastEventId();
    }
    RunId lastRunId() override {
        const MutexLock lock(mutex_);
        return sim_.lastRunId();
    }
    std::optional<Run> findRun(RunId id) {
        const MutexLock lock(mutex_);
        return sim_.findRun(id);
    }

private:
    Mutex mutex_;
    SimStore sim_ GUARDED_BY(mutex_);
};

/// Answers `{}` from a thread of its own; holds everything back while told to.
class ThreadInvoker final : public host::Invoker {
public:
    ThreadInvoker() : thread_([this] { loop(); }) {}
    ~ThreadInvoker() override {
        calls_.close();
        thread_.join();
    }
    void listen(host::CallListener listener) override { listener_ = std::move(listener); }
    std::size_t slots(std::string_view) const override { return 8; }
    void invoke(host::StepCall call) override { calls_.post(std::move(call)); }
    void cancel(host::CallId, host::CancelReason) override {}

private:
    void loop() {
        for (auto calls = calls_.takeUntil({}); !calls.empty(); calls = calls_.takeUntil({}))
            for (const host::StepCall& call : calls) {
                StepResult result;
                result.output = "{}";
                listener_.finished({{call.id, std::move(result)}});
            }
    }
    host::CallListener listener_;
    Mailbox<host::StepCall> calls_;
    std::thread thread_;
};

struct Parts {
    InlineStore store;
    ThreadInvoker invoker;
    SystemClock clock;
    SeededRandom random{1};
    std::unique_ptr<Engine> engine;

    explicit Parts(EngineOptions options = {}) {
        engine = makeEngine({.store = store,
                             .invoker = invoker,
                             .clock = clock,
                             .random = random,
                             .revisions = {},
                             .observer = nullptr,
                             .fatal = {}},
                            std::move(options));
        auto pipeline =
            loadPipeline("version: 1\nid: one\non: [{event: go}]\nsteps: [{id: a, uses: p}, {id: b, uses: p}]\n");
        pipeline->revision =
            store.saveRevision({.id = {}, .pipeline = "one", .hash = pipeline->hash, .source = pipeline->source});
        engine->usePipelines({pipeline});
    }
    std::vector<Submitted> submit() {
        auto told = std::make_shared<std::promise<std::vector<Submitted>>>();
        NewEvent event;
        event.name = "go";
        event.data = "{}";
        engine->submit({event}, [told](std::vector<Submitted> answer) { told->set_value(std::move(answer)); });
        return told->get_future().get();
    }
};

}  // namespace

/// The thread around the core; what the core decides is tested in virtual time.
class EngineThreadTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EngineThreadTest);
    CPPUNIT_TEST(testManySendersAreAnsweredAndTheirRunsEnd);
    CPPUNIT_TEST(testStopIsSafeTwiceAndWithoutStart);
    CPPUNIT_TEST(testCallersAfterStopAreTold);
    CPPUNIT_TEST(testTooManyOpenEventsAreRefused);
    CPPUNIT_TEST_SUITE_END();

public:
    void testManySendersAreAnsweredAndTheirRunsEnd() {
        Parts parts;
        parts.engine->start();
        std::atomic<int> ended = 0;
        std::promise<void> all;
        std::vector<std::thread> senders;
        for (int i = 0; i < 4; ++i)
            senders.emplace_back([&] {
                for (int j = 0; j < 50; ++j) {
                    NewEvent event;
                    event.name = "go";
                    event.data = "{}";
                    // The waiter is in the inbox before the run can have left memory: both are posted on the engine's
                    // thread. So none hears that its run had ended before.
                    parts.engine->submit({event}, [&](std::vector<Submitted> answer) {
                        parts.engine->onEnd(answer.at(0).runs.at(0).id, [&](const Run* run) {
                            if (run != nullptr && run->state == RunState::Completed && ++ended == 200) all.set_value();
                        });
                    });
                }
            });
        for (std::thread& sender : senders) sender.join();
        CPPUNIT_ASSERT(all.get_future().wait_for(60s) == std::future_status::ready);
        parts.engine->stop();
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), parts.engine->stats().activeRuns);
    }

    void testStopIsSafeTwiceAndWithoutStart() {
        Parts never;
        never.engine->stop();
        never.engine->stop();
        Parts twice;
        twice.engine->start();
        twice.submit();
        twice.engine->stop();
        twice.engine->stop();
    }

    void testCallersAfterStopAreTold() {
        Parts parts;
        parts.engine->start();
        parts.engine->stop();
        CPPUNIT_ASSERT(parts.submit().at(0).status == SubmitStatus::Stopping);
        std::optional<CancelStatus> told;
        parts.engine->cancel(RunId{1}, [&](CancelStatus status) { told = status; });
        CPPUNIT_ASSERT(told == CancelStatus::Stopping);
    }

    void testTooManyOpenEventsAreRefused() {
        EngineOptions options;
        options.maxOpenEvents = 1;
        Parts parts(options);  // not started: nothing is answered
        std::vector<SubmitStatus> told;
        for (int i = 0; i < 2; ++i)
            parts.engine->submit({NewEvent{}},
                                 [&](std::vector<Submitted> answer) { told.push_back(answer.at(0).status); });
        CPPUNIT_ASSERT(told == std::vector{SubmitStatus::Overloaded});
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), parts.engine->intake().events);
        parts.engine->stop();
        CPPUNIT_ASSERT(told == (std::vector{SubmitStatus::Overloaded, SubmitStatus::Stopping}));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), parts.engine->intake().events);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EngineThreadTest);
