// What is read back: unfinished runs, lists, counts.
#include "contract/store_contract.h"
#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

void StoreContract::testLoadsUnfinishedRunsInPages() {
    const RunState states[] = {RunState::Waiting, RunState::Completed, RunState::Queued,      RunState::Failed,
                               RunState::Running, RunState::Cancelled, RunState::Quarantined, RunState::Queued};
    std::int64_t id = 0;
    for (const auto state : states) {
        Admission admission = sampleAdmission(++id, revision_);
        admission.runs[0].run.state = state;
        durable({admission});
    }
    std::vector<std::int64_t> seen;
    RunId after;
    for (auto page = load({after, 2}); !page.empty(); page = load({after, 2})) {
        CPPUNIT_ASSERT(page.size() <= 2);
        for (const auto& unfinished : page) {
            seen.push_back(unfinished.run.id.value);
            CPPUNIT_ASSERT(unfinished.event.id == unfinished.run.event);
        }
        after = page.back().run.id;
    }
    CPPUNIT_ASSERT((seen == std::vector<std::int64_t>{1, 3, 5, 8}));
}

void StoreContract::testLoadTellsWhatIsOpen() {
    Admission admission = sampleAdmission(1, revision_);
    admission.runs[0].steps = {sampleStep(0), sampleStep(1), sampleStep(2)};
    AttemptRecord ended = sampleAttempt(0, 1, 10);
    ended.finishedAt = at(11);
    admission.runs[0].attempts = {ended, sampleAttempt(0, 2, 12), sampleAttempt(2, 1, 14)};
    // A neighbour's rows must not mix in.
    Admission neighbour = sampleAdmission(2, revision_);
    neighbour.runs[0].attempts = {sampleAttempt(0, 1, 50)};
    durable({admission, neighbour});

    const auto run = load().at(0);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, run.steps.size());
    CPPUNIT_ASSERT_EQUAL(std::string("step-2"), run.steps[2].name);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, run.open.size());
    CPPUNIT_ASSERT(run.open[0].step == 0 && run.open[0].number == 2);
    CPPUNIT_ASSERT(run.open[1].step == 2 && run.open[1].number == 1);
}

void StoreContract::testLoadReadsBehindEarlierCommits() {
    std::size_t seen = 0;
    bench_->store().commit({{sampleAdmission(1, revision_)}}, [](const Committed&) {});
    bench_->store().load({}, [&](const std::vector<UnfinishedRun>& runs) { seen = runs.size(); });
    bench_->store().commit({{sampleAdmission(2, revision_)}}, [](const Committed&) {});
    bench_->settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, seen);
}

void StoreContract::testListsEventsInPages() {
    for (std::int64_t id = 1; id <= 5; ++id) {
        Admission admission{sampleEvent(id), {}, {}};
        admission.event.name = id == 2 || id == 4 ? "even" : "odd";
        durable({admission});
    }
    const auto keys = [this](const std::optional<std::string>& name, Page<EventId> page) {
        std::vector<std::int64_t> list;
        for (const auto& event : bench_->readers().listEvents(name, page)) list.push_back(event.id.value);
        return list;
    };
    using Keys = std::vector<std::int64_t>;
    CPPUNIT_ASSERT((keys({}, {}) == Keys{5, 4, 3, 2, 1}));
    CPPUNIT_ASSERT((keys({}, {{}, 2}) == Keys{5, 4}));
    CPPUNIT_ASSERT((keys({}, {{4}, 2}) == Keys{3, 2}));
    CPPUNIT_ASSERT((keys({}, {{2}, 2}) == Keys{1}));
    CPPUNIT_ASSERT((keys("even", {}) == Keys{4, 2}));
    CPPUNIT_ASSERT((keys("odd", {{5}, 1}) == Keys{3}));
    CPPUNIT_ASSERT(keys("none", {}).empty());
}

void StoreContract::testListsRunsByEachFilter() {
    // run: event, pipeline, state
    const struct {
        std::int64_t event;
        const char* pipeline;
        RunState state;
    } runs[] = {{1, "a", RunState::Completed}, {1, "b", RunState::Failed},    {2, "a", RunState::Failed},
                {2, "a", RunState::Completed}, {2, "b", RunState::Completed}, {3, "a", RunState::Queued}};
    std::int64_t id = 0;
    for (std::int64_t event = 1; event <= 3; ++event) durable({Admission{sampleEvent(event + 10), {}, {}}});
    for (const auto& row : runs) {
        ++id;
        Admission admission{sampleEvent(id + 20), {}, {}};
        Run run = sampleRun(id, id + 20, revision_);
        run.pipeline = row.pipeline;
        run.state = row.state;
        admission.runs.push_back({run, {}, {}, {}});
        durable({admission});
    }
    const auto keys = [this](const RunFilter& filter, Page<RunId> page = {}) {
        std::vector<std::int64_t> list;
        for (const auto& run : bench_->readers().listRuns(filter, page)) list.push_back(run.id.value);
        return list;
    };
    using Keys = std::vector<std::int64_t>;
    CPPUNIT_ASSERT((keys({}) == Keys{6, 5, 4, 3, 2, 1}));
    CPPUNIT_ASSERT((keys({}, {{5}, 2}) == Keys{4, 3}));
    CPPUNIT_ASSERT((keys({.pipeline = "b"}) == Keys{5, 2}));
    CPPUNIT_ASSERT((keys({.state = RunState::Failed}) == Keys{3, 2}));
    CPPUNIT_ASSERT((keys({.state = RunState::Completed}) == Keys{5, 4, 1}));
    CPPUNIT_ASSERT((keys({.pipeline = "a", .state = RunState::Completed}) == Keys{4, 1}));
    CPPUNIT_ASSERT((keys({.pipeline = "a", .state = RunState::Failed}) == Keys{3}));
    CPPUNIT_ASSERT((keys({.event = EventId{24}}) == Keys{4}));
    CPPUNIT_ASSERT((keys({.pipeline = "b", .event = EventId{24}}) == Keys{}));
    CPPUNIT_ASSERT((keys({.pipeline = "a", .state = RunState::Completed, .event = EventId{24}}) == Keys{4}));
}

void StoreContract::testUnknownKeysAreAbsent() {
    CPPUNIT_ASSERT(!bench_->readers().findEvent({1}) && !bench_->readers().findRun({1}));
    CPPUNIT_ASSERT(bench_->readers().stepsOf({1}).empty() && bench_->readers().attemptsOf({1}).empty());
    CPPUNIT_ASSERT(!bench_->store().findRevision({99}));
    CPPUNIT_ASSERT(load().empty());
}

void StoreContract::testStatsCountOpenRuns() {
    durable({sampleAdmission(1, revision_), sampleAdmission(2, revision_), sampleAdmission(3, revision_)});
    Run ended = sampleRun(2, 2, revision_);
    ended.state = RunState::Completed;
    durable({RunChange{RunState::Queued, ended}});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, bench_->readers().stats().runsOpen);
}

}  // namespace stepd::test
