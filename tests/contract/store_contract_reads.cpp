// What readers see: lists and counts.
#include "contract/store_contract.h"
#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

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
        run.parked = id == 3;
        if (id == 5 || id == 6) run.parent = {4};
        admission.runs.push_back({run, {}, {}, {}});
        durable({admission});
    }
    const auto keys = [this](const RunFilter& filter, Page<RunId> page = {}) {
        std::vector<std::int64_t> list;
        for (const auto& run : bench_->readers().listRuns(filter, page)) list.push_back(run.id.value);
        if (!page.before) CPPUNIT_ASSERT_EQUAL(list.size(), bench_->readers().countRuns(filter));
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
    using enum RunState;
    CPPUNIT_ASSERT((keys({.states = {Failed, Queued}}) == Keys{6, 3, 2}));
    CPPUNIT_ASSERT((keys({.states = {Failed, Queued}}, {{6}, 1}) == Keys{3}));
    CPPUNIT_ASSERT((keys({.states = {Completed, Queued}}) == Keys{6, 5, 4, 1}));
    CPPUNIT_ASSERT((keys({.pipeline = "b", .states = {Failed, Completed}}) == Keys{5, 2}));
    CPPUNIT_ASSERT((keys({.state = Failed, .states = {Failed, Queued}}) == Keys{3, 2}));
    CPPUNIT_ASSERT((keys({.state = Completed, .states = {Failed, Queued}}) == Keys{}));
    CPPUNIT_ASSERT((keys({.parent = RunId{4}}) == Keys{6, 5}));
    CPPUNIT_ASSERT((keys({.pipeline = "a", .parent = RunId{4}}) == Keys{6}));
    CPPUNIT_ASSERT((keys({.event = EventId{25}, .parent = RunId{4}}) == Keys{5}));
    CPPUNIT_ASSERT((keys({.event = EventId{24}, .parent = RunId{4}}) == Keys{}));
}

void StoreContract::testListsRunsByTime() {
    for (std::int64_t id = 1; id <= 5; ++id) durable({sampleAdmission(id, revision_)});  // created at second `id`
    const auto keys = [this](const RunFilter& filter) {
        std::vector<std::int64_t> list;
        for (const auto& run : bench_->readers().listRuns(filter, {})) list.push_back(run.id.value);
        CPPUNIT_ASSERT_EQUAL(list.size(), bench_->readers().countRuns(filter));
        return list;
    };
    using Keys = std::vector<std::int64_t>;
    CPPUNIT_ASSERT((keys({.createdSince = at(4)}) == Keys{5, 4}));
    CPPUNIT_ASSERT((keys({.createdUntil = at(2)}) == Keys{1}));
    CPPUNIT_ASSERT((keys({.createdSince = at(2), .createdUntil = at(4)}) == Keys{3, 2}));
    CPPUNIT_ASSERT((keys({.state = RunState::Queued, .createdSince = at(5)}) == Keys{5}));
    CPPUNIT_ASSERT((keys({.event = EventId{3}, .createdSince = at(4)}) == Keys{}));
}

void StoreContract::testListsRunsOfABatchedEvent() {
    Admission batch = sampleAdmission(1, revision_);
    batch.runs[0].run.parked = true;
    durable({batch, sampleAdmission(2, revision_), Collect{{1}, {2}, false, at(60)}});
    const auto runs = bench_->readers().listRuns({.event = EventId{2}}, {});
    CPPUNIT_ASSERT(runs.size() == 2 && runs[0].id == RunId{2} && runs[1].id == RunId{1});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench_->readers().countRuns({.event = EventId{1}}));
}

void StoreContract::testUnknownKeysAreAbsent() {
    CPPUNIT_ASSERT(!bench_->readers().findEvent({1}) && !bench_->readers().findRun({1}));
    CPPUNIT_ASSERT(bench_->readers().stepsOf({1}).empty() && bench_->readers().attemptsOf({1}).empty());
    CPPUNIT_ASSERT(!bench_->store().findRevision({99}));
    CPPUNIT_ASSERT(bench_->readers().eventsOf({1}).empty());
    CPPUNIT_ASSERT(load().runs.empty() && bench_->readers().countRuns({}) == 0);
}

void StoreContract::testStatsCountOpenRuns() {
    Admission parked = sampleAdmission(3, revision_);
    parked.runs[0].run.parked = true;
    durable({sampleAdmission(1, revision_), sampleAdmission(2, revision_), parked});
    Run ended = sampleRun(2, 2, revision_);
    ended.state = RunState::Completed;
    durable({RunChange{RunState::Queued, ended}});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, bench_->readers().stats().runsOpen);
}

}  // namespace stepd::test
