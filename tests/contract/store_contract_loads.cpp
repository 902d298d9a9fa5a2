// What the engine loads: pages of unfinished runs, and events behind a key.
#include "contract/store_contract.h"
#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

namespace {
using Keys = std::vector<std::int64_t>;
}  // namespace

void StoreContract::testLoadsUnfinishedRunsInPages() {
    const RunState states[] = {RunState::Waiting, RunState::Completed, RunState::Queued,      RunState::Failed,
                               RunState::Running, RunState::Cancelled, RunState::Quarantined, RunState::Queued};
    std::int64_t id = 0;
    for (const auto state : states) {
        Admission admission = sampleAdmission(++id, revision_);
        admission.runs[0].run.state = state;
        durable({admission});
    }
    Keys seen;
    RunId after;
    for (auto page = load(LoadBacklog{after, 2}).runs; !page.empty(); page = load(LoadBacklog{after, 2}).runs) {
        CPPUNIT_ASSERT(page.size() <= 2);
        for (const auto& unfinished : page) {
            seen.push_back(unfinished.run.id.value);
            CPPUNIT_ASSERT(unfinished.event.id == unfinished.run.event);
        }
        after = page.back().run.id;
    }
    CPPUNIT_ASSERT((seen == Keys{1, 3, 5, 8}));
}

void StoreContract::testLoadTellsWhatIsOpen() {
    Admission admission = sampleAdmission(1, revision_);
    StepRecord again = sampleStep(0, StepState::Running);
    again.attempts = 2;
    again.startedAt = at(10);
    again.attemptStartedAt = at(12);
    StepRecord first = sampleStep(2, StepState::Running);
    first.attempts = 1;
    first.startedAt = first.attemptStartedAt = at(14);
    admission.runs[0].steps = {again, sampleStep(1), first};
    AttemptRecord ended = sampleAttempt(0, 1, 10);
    ended.finishedAt = at(11);
    ended.outcome = OutcomeClass::Crash;
    // A neighbour's rows must not mix in.
    durable({admission, AttemptEnd{{1}, ended}, sampleAdmission(2, revision_)});

    const auto run = load().runs.at(0);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, run.steps.size());
    CPPUNIT_ASSERT_EQUAL(std::string("step-2"), run.steps[2].name);
    CPPUNIT_ASSERT(run.steps[0].attemptStartedAt == at(12) && run.steps[2].attemptStartedAt == at(14));
    CPPUNIT_ASSERT(!run.steps[1].attemptStartedAt);
    const auto attempts = bench_->readers().attemptsOf({1});
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, attempts.size());
    CPPUNIT_ASSERT(attempts[0].step == 0 && attempts[0].number == 1 && attempts[0].outcome == OutcomeClass::Crash);
    CPPUNIT_ASSERT(attempts[1].step == 0 && attempts[1].number == 2 && attempts[1].startedAt == at(12));
    CPPUNIT_ASSERT(attempts[2].step == 2 && attempts[2].number == 1 && attempts[2].startedAt == at(14));
    CPPUNIT_ASSERT(!attempts[1].finishedAt && !attempts[2].finishedAt);
    CPPUNIT_ASSERT(run.more.empty() && run.children.empty() && run.waits.empty());
}

void StoreContract::testLoadTellsChildrenAndWaits() {
    Admission parent = sampleAdmission(1, revision_);
    parent.runs[0].run.lanes = {"p:concurrency"};
    parent.runs[0].waits = {{"event:b", "event:b", -3, -1}, {"lane:l|g", "lane:l|g", 7, 2}};
    Admission child = sampleAdmission(2, revision_);
    child.runs[0].run.parent = {1};
    child.runs[0].run.parentStep = 3;
    child.runs[0].run.state = RunState::Completed;
    child.runs[0].run.output = "[1]";
    child.runs[0].run.lanes = {"p:concurrency"};
    Admission other = sampleAdmission(3, revision_);
    other.runs[0].run.parent = {1};
    Admission stranger = sampleAdmission(4, revision_);
    stranger.runs[0].run.parent = {2};
    durable({parent, child, other, stranger});

    const auto loaded = load(LoadBacklog{{}, 1}).runs;
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, loaded.size());
    CPPUNIT_ASSERT(loaded[0].run.lanes == parent.runs[0].run.lanes && loaded[0].waits == parent.runs[0].waits);
    const auto& children = loaded[0].children;
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, children.size());
    CPPUNIT_ASSERT(children[0].id == RunId{2} && children[0].parentStep == 3 && children[0].lanes.empty());
    CPPUNIT_ASSERT(children[0].state == RunState::Completed && children[0].output == "[1]");
    CPPUNIT_ASSERT(children[1].id == RunId{3});
}

void StoreContract::testLoadReadsBehindEarlierCommits() {
    std::size_t seen = 0;
    std::size_t events = 0;
    std::optional<Timestamp> holder;
    Admission first = sampleAdmission(1, revision_);
    first.once = OnceKey{"event:a", "k", at(100)};
    bench_->store().commit({{first}}, [](const Committed&) {});
    bench_->store().load({}, [&](const LoadedRuns& loaded) { seen = loaded.runs.size(); });
    bench_->store().findEvents({"*", {}}, [&](const std::vector<Event>& found) { events = found.size(); });
    bench_->store().lookup({.now = at(2), .once = {{"event:a", "k"}}, .cache = {}},
                           [&](const Found& found) { holder = found.once.at(0)->createdAt; });
    bench_->store().commit({{sampleAdmission(2, revision_)}}, [](const Committed&) {});
    bench_->settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, seen);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, events);
    CPPUNIT_ASSERT(holder == at(1));
}

void StoreContract::testBacklogLeavesParkedRunsOut() {
    std::vector<Change> changes;
    for (std::int64_t id = 1; id <= 4; ++id) {
        Admission admission = sampleAdmission(id, revision_);
        admission.runs[0].run.parked = id % 2 == 0;
        changes.emplace_back(std::move(admission));
    }
    durable(std::move(changes));
    CPPUNIT_ASSERT((keysOf(LoadBacklog{}) == Keys{1, 3}));
    Run woken = sampleRun(2, 2, revision_);
    woken.state = RunState::Running;
    Run parked = sampleRun(3, 3, revision_);
    parked.state = RunState::Waiting;
    parked.parked = true;
    durable({RunChange{RunState::Queued, woken}, RunChange{RunState::Queued, parked}});
    CPPUNIT_ASSERT((keysOf(LoadBacklog{}) == Keys{1, 2}));
}

void StoreContract::testLoadsDueRunsInPages() {
    // seconds of wakeAt; 0: none
    const std::int64_t wakes[] = {30, 20, 20, 0, 40, 20, 10, 10};
    std::vector<Change> changes;
    std::int64_t id = 0;
    for (const auto wake : wakes) {
        Admission admission = sampleAdmission(++id, revision_);
        Run& run = admission.runs[0].run;
        run.parked = id != 7;
        if (id == 8) run.state = RunState::Failed;
        if (wake != 0) run.wakeAt = at(wake);
        changes.emplace_back(std::move(admission));
    }
    durable(std::move(changes));
    CPPUNIT_ASSERT(keysOf(LoadDue{.until = at(19), .afterRun = {}}).empty());
    CPPUNIT_ASSERT(load(LoadDue{.until = at(19), .afterRun = {}}).nextWake == at(20));
    CPPUNIT_ASSERT((keysOf(LoadDue{.until = at(30), .afterRun = {}}) == Keys{2, 3, 6, 1}));

    const auto first = load(LoadDue{.until = at(30), .after = {}, .afterRun = {}, .limit = 2});
    CPPUNIT_ASSERT(first.runs.size() == 2 && first.runs[1].run.id == RunId{3});
    CPPUNIT_ASSERT_MESSAGE("more of the same moment", first.nextWake == at(20));
    const auto second = load(LoadDue{.until = at(30), .after = at(20), .afterRun = {3}, .limit = 2});
    CPPUNIT_ASSERT(second.runs.size() == 2 && second.runs[0].run.id == RunId{6});
    CPPUNIT_ASSERT(second.runs[1].run.id == RunId{1} && second.nextWake == at(40));
    const auto last = load(LoadDue{.until = at(40), .after = at(30), .afterRun = {1}});
    CPPUNIT_ASSERT(last.runs.size() == 1 && !last.nextWake);
    CPPUNIT_ASSERT(!load().nextWake);
}

void StoreContract::testLoadsWaitingRunsInPages() {
    // run: signal, rank
    const struct {
        const char* signal;
        std::int64_t rank;
    } rows[] = {{"lane:l|", 5}, {"lane:l|", -5}, {"lane:m|", 0}, {"lane:l|", 5}, {"lane:l|", 9}};
    std::vector<Change> changes;
    std::int64_t id = 0;
    for (const auto& row : rows) {
        Admission admission = sampleAdmission(++id, revision_);
        admission.runs[0].run.parked = true;
        admission.runs[0].waits = {{row.signal, row.signal, row.rank, 0}, {row.signal, row.signal, row.rank, 1}};
        changes.emplace_back(std::move(admission));
    }
    durable(std::move(changes));
    CPPUNIT_ASSERT((keysOf(LoadWaiting{.signal = "lane:l|", .afterRun = {}}) == Keys{2, 1, 4, 5}));
    const auto page = [this](std::int64_t rank, std::int64_t run) {
        return keysOf(LoadWaiting{.signal = "lane:l|", .afterRank = rank, .afterRun = {run}, .limit = 2});
    };
    CPPUNIT_ASSERT((page(INT64_MIN, 0) == Keys{2, 1}));
    CPPUNIT_ASSERT((page(5, 1) == Keys{4, 5}));
    CPPUNIT_ASSERT(page(9, 5).empty());
    CPPUNIT_ASSERT(keysOf(LoadWaiting{.signal = "lane:L|", .afterRun = {}}).empty());
}

void StoreContract::testLoadsOneRun() {
    std::vector<Change> changes;
    const RunState states[] = {RunState::Queued, RunState::Completed, RunState::Failed, RunState::Quarantined};
    std::int64_t id = 0;
    for (const auto state : states) {
        Admission admission = sampleAdmission(++id, revision_);
        admission.runs[0].run.state = state;
        admission.runs[0].run.parked = true;
        changes.emplace_back(std::move(admission));
    }
    durable(std::move(changes));
    CPPUNIT_ASSERT((keysOf(LoadOne{{1}}) == Keys{1}));
    CPPUNIT_ASSERT(keysOf(LoadOne{{2}}).empty() && keysOf(LoadOne{{3}}).empty());
    CPPUNIT_ASSERT_MESSAGE("a person may let it go on", (keysOf(LoadOne{{4}}) == Keys{4}));
    CPPUNIT_ASSERT(keysOf(LoadOne{{9}}).empty());
}

void StoreContract::testFindsEventsByName() {
    for (std::int64_t id = 1; id <= 6; ++id) {
        Admission admission{sampleEvent(id), {}, {}};
        admission.event.name = id % 2 == 0 ? "order.paid" : "order.sent";
        durable({admission});
    }
    CPPUNIT_ASSERT((findEvents({"order.paid", {}}) == Keys{2, 4, 6}));
    CPPUNIT_ASSERT((findEvents({"order.paid", {2}}) == Keys{4, 6}));
    CPPUNIT_ASSERT((findEvents({"order.sent", {}, 2}) == Keys{1, 3}));
    CPPUNIT_ASSERT(findEvents({"Order.paid", {}}).empty() && findEvents({"order.", {}}).empty());
    CPPUNIT_ASSERT(findEvents({"order.paid", {6}}).empty());
}

void StoreContract::testFindsEventsByPattern() {
    const char* names[] = {"a", "a.b", "a.b.c", "A.b", "ab", "a[b", "a?b", "ba.b"};
    std::int64_t id = 0;
    for (const char* name : names) {
        Admission admission{sampleEvent(++id), {}, {}};
        admission.event.name = name;
        durable({admission});
    }
    const struct {
        const char* pattern;
        Keys found;
    } rows[] = {
        {"*", {1, 2, 3, 4, 5, 6, 7, 8}},
        {"a*", {1, 2, 3, 5, 6, 7}},
        {"a.*", {2, 3}},
        {"*b", {2, 4, 5, 6, 7, 8}},
        {"a*b", {2, 5, 6, 7}},
        {"*a*b*", {2, 3, 5, 6, 7, 8}},
        {"a[*", {6}},
        {"a?b*", {7}},
        {"a.b*b", {}},
        {"**a", {1}},
        {"*.b.*", {3}},
    };
    for (const auto& row : rows) CPPUNIT_ASSERT_MESSAGE(row.pattern, findEvents({row.pattern, {}}) == row.found);
    CPPUNIT_ASSERT((findEvents({"a*", {2}, 2}) == Keys{3, 5}));
}

}  // namespace stepd::test
