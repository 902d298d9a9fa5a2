// Waits, runs that collect, what the image and the audit tell.
#include "contract/store_contract.h"
#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

namespace {

Wait waitFor(const std::string& signal, std::int32_t step = -1, std::int64_t rank = 0) {
    return {signal, "family of " + signal, rank, step};
}

}  // namespace

void StoreContract::testWaitsAreReplacedAsAWhole() {
    Admission admission = sampleAdmission(1, revision_);
    admission.runs[0].waits = {waitFor("event:a"), waitFor("event:b", 2, 7)};
    Admission neighbour = sampleAdmission(2, revision_);
    neighbour.runs[0].waits = {waitFor("event:a")};
    durable({admission, neighbour});
    const auto waits = [this](std::int64_t run) { return load(LoadOne{{run}}).runs.at(0).waits; };
    CPPUNIT_ASSERT(waits(1) == admission.runs[0].waits);
    const std::vector<Wait> next{waitFor("event:a", 1), waitFor("event:c", 2), waitFor("lane:l|g", 2)};
    durable({WaitsChange{{1}, next}});
    CPPUNIT_ASSERT(waits(1) == next);
    CPPUNIT_ASSERT(waits(2) == neighbour.runs[0].waits);
    durable({WaitsChange{{1}, {waitFor("event:a", 1), waitFor("event:a", 1)}}});
    CPPUNIT_ASSERT_EQUAL_MESSAGE("two alike are one", std::size_t{1}, waits(1).size());
    durable({WaitsChange{{1}, {}}, WaitsChange{{2}, {}}});
    CPPUNIT_ASSERT(waits(1).empty() && waits(2).empty());
}

void StoreContract::testEndedRunLosesItsWaits() {
    Admission admission = sampleAdmission(1, revision_);
    admission.runs[0].waits = {waitFor("event:a"), waitFor("event:b", 2)};
    Admission neighbour = sampleAdmission(2, revision_);
    neighbour.runs[0].waits = {waitFor("event:a")};
    durable({admission, neighbour});
    Run run = admission.runs[0].run;
    run.state = RunState::Running;
    durable({RunChange{RunState::Queued, run}});
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, load(LoadOne{{1}}).runs.at(0).waits.size());
    run.state = RunState::Quarantined;
    durable({RunChange{RunState::Running, run}});
    CPPUNIT_ASSERT(load(LoadOne{{1}}).runs.at(0).waits.empty());
    CPPUNIT_ASSERT((keysOf(LoadWaiting{.signal = "event:a", .afterRun = {}}) == std::vector<std::int64_t>{2}));
    refused({WaitsChange{{1}, {waitFor("event:a")}}}, {"run 1"});
    durable({WaitsChange{{1}, {}}});
}

void StoreContract::testCollectAddsEventsInOrder() {
    Admission batch = sampleAdmission(1, revision_);
    batch.runs[0].run.parked = true;
    batch.runs[0].run.wakeAt = at(50);
    durable({batch});
    durable({Admission{sampleEvent(2), {}, {}}, Collect{{1}, {2}, false, at(60)}});
    durable({Admission{sampleEvent(3), {}, {}}, Admission{sampleEvent(4), {}, {}}, Collect{{1}, {4}, false, at(70)}});
    const auto unfinished = load(LoadOne{{1}}).runs.at(0);
    CPPUNIT_ASSERT(unfinished.run.wakeAt == at(70) && unfinished.run.event == EventId{1});
    CPPUNIT_ASSERT(unfinished.event.id == EventId{1} && unfinished.more.size() == 2);
    CPPUNIT_ASSERT(unfinished.more[0].id == EventId{2} && unfinished.more[1].id == EventId{4});
    const auto events = bench_->readers().eventsOf({1});
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, events.size());
    CPPUNIT_ASSERT(events[0].id == EventId{1} && events[1].id == EventId{2} && events[2].id == EventId{4});
    const auto before = everything();
    for (const std::int64_t known : {1, 2, 4}) refused({Collect{{1}, {known}, false, at(80)}}, {"run 1"});
    CPPUNIT_ASSERT_EQUAL(before, everything());
}

void StoreContract::testCollectReplacesTheEvent() {
    Admission debounced = sampleAdmission(1, revision_);
    debounced.runs[0].run.parked = true;
    durable({debounced});
    durable({Admission{sampleEvent(2), {}, {}}, Collect{{1}, {2}, true, at(60)}});
    const auto unfinished = load(LoadOne{{1}}).runs.at(0);
    CPPUNIT_ASSERT(unfinished.run.event == EventId{2} && unfinished.event.id == EventId{2});
    CPPUNIT_ASSERT(unfinished.more.empty() && unfinished.run.wakeAt == at(60));
    refused({Collect{{1}, {1}, true, at(70)}}, {"run 1", "event 1"});
}

void StoreContract::testCollectRefusesARunThatHasStarted() {
    Admission awake = sampleAdmission(1, revision_);
    Admission running = sampleAdmission(2, revision_);
    running.runs[0].run.state = RunState::Running;
    running.runs[0].run.parked = true;
    durable({awake, running, Admission{sampleEvent(3), {}, {}}});
    const auto before = everything();
    for (const bool replace : {false, true})
        for (const std::int64_t run : {1, 2}) refused({Collect{{run}, {3}, replace, at(60)}}, {"event 3"});
    CPPUNIT_ASSERT_EQUAL(before, everything());
}

void StoreContract::testRerunIsForTheWholeBatch() {
    Admission batch = sampleAdmission(1, revision_);
    batch.runs[0].run.parked = true;
    durable({batch, Admission{sampleEvent(2), {}, {}}, Collect{{1}, {2}, false, at(60)}});
    Run again = sampleRun(2, 1, revision_);
    again.rerunOf = {1};
    again.attempt = 2;
    durable({RunAdmission{{again, {}, {sampleStep(0)}, {}}}});
    const auto events = bench_->readers().eventsOf({2});
    CPPUNIT_ASSERT(events.size() == 2 && events[0].id == EventId{1} && events[1].id == EventId{2});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, load(LoadOne{{2}}).runs.at(0).steps.size());
}

void StoreContract::testWakeTouchesParkedRunsAlone() {
    std::vector<Change> admissions;
    for (std::int64_t id = 1; id <= 4; ++id) {
        Admission admission = sampleAdmission(id, revision_);
        Run& run = admission.runs[0].run;
        run.parked = id != 1;
        if (id == 3) run.wakeAt = at(20);
        if (id == 4) run.state = RunState::Completed;
        admissions.emplace_back(std::move(admission));
    }
    durable(std::move(admissions));
    durable({Wake{{1}, at(30)}, Wake{{2}, at(30)}, Wake{{3}, at(30)}, Wake{{4}, at(30)}, Wake{{9}, at(30)}});
    const auto wakeAt = [this](std::int64_t run) { return bench_->readers().findRun({run})->wakeAt; };
    CPPUNIT_ASSERT(!wakeAt(1) && !wakeAt(4));
    CPPUNIT_ASSERT(wakeAt(2) == at(30));
    CPPUNIT_ASSERT_MESSAGE("never later than planned", wakeAt(3) == at(20));
    durable({Wake{{3}, at(10)}});
    CPPUNIT_ASSERT(wakeAt(3) == at(10));
}

void StoreContract::testUndoneBatchLeavesFlowAlone() {
    Admission parked = sampleAdmission(1, revision_);
    parked.runs[0].run.parked = true;
    durable({parked, Admission{sampleEvent(2), {}, {}}, SlotChange{"l", {1}, 0, true}, MomentChange{"m", at(1)},
             CacheChange{"p/fetch", "k", "[1]", at(100)}, DeliveryChange{{1}, {}, false}, PauseChange{"p", true},
             WaitsChange{{1}, {waitFor("event:a")}}});
    const auto before = everything();
    refused({Collect{{1}, {2}, false, at(9)}, Wake{{1}, at(5)}, SlotChange{"l", {1}, 0, false},
             SlotChange{"l", {1}, 1, true}, MomentChange{"m", at(2)}, MomentChange{"n", at(2)}, MomentChange{"m", {}},
             CacheChange{"p/fetch", "k", "[2]", at(200)}, DeliveryChange{{1}, {7}, false},
             DeliveryChange{{1}, {7}, true}, PauseChange{"p", false}, PauseChange{"q", true},
             WaitsChange{{1}, {waitFor("event:b")}}, SlotChange{"none", {1}, 0, false}});
    CPPUNIT_ASSERT_EQUAL(before, everything());
}

void StoreContract::testImageOfAnEmptyStore() {
    const Image image = bench_->store().image();
    CPPUNIT_ASSERT(image.slots.empty() && image.collecting.empty() && image.waiting.empty());
    CPPUNIT_ASSERT(image.moments.empty() && image.deliveries.empty() && image.paused.empty() && !image.nextWake);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, image.queued);
}

void StoreContract::testImageAfterReopen() {
    Admission batch = sampleAdmission(1, revision_);
    batch.runs[0].run.parked = true;
    batch.runs[0].run.wakeAt = at(90);
    Admission second{sampleEvent(2), {}, {}};
    second.event.ts = at(-7);
    Admission started = sampleAdmission(3, revision_);
    started.runs[0].run.wakeAt = at(1);
    Admission sleeping = sampleAdmission(4, revision_);
    sleeping.runs[0].run.parked = true;
    sleeping.runs[0].run.wakeAt = at(60);
    sleeping.runs[0].waits = {{"event:a?x=1", "event:a?x", 0, 0}, {"event:b", "event:b", 0, 1}};
    started.runs[0].waits = {{"event:a?x=2", "event:a?x", 0, 0}};
    durable({batch,
             second,
             Collect{{1}, {2}, false, at(80)},
             started,
             sleeping,
             SlotChange{"collect:p:batch[k]", {1}, -1, true},
             SlotChange{"collect:p:batch[j]", {3}, -1, true},
             SlotChange{"p:concurrency", {3}, 2, true},
             SlotChange{"p:concurrency", {4}, -1, true},
             SlotChange{"p:concurrency", {4}, -1, false},
             MomentChange{"a", at(5)},
             MomentChange{"a", at(6)},
             MomentChange{"b", at(7)},
             MomentChange{"b", {}},
             DeliveryChange{{2}, {}, false},
             DeliveryChange{{1}, {1}, false},
             DeliveryChange{{1}, {3}, false},
             DeliveryChange{{3}, {}, false},
             DeliveryChange{{3}, {}, true},
             PauseChange{"p", true},
             PauseChange{"q", true},
             PauseChange{"q", false}});
    bench_->reopen();

    const Image image = bench_->store().image();
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, image.slots.size());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the others are parked", std::size_t{1}, image.queued);
    CPPUNIT_ASSERT_EQUAL(std::string("p:concurrency"), image.slots[2].lane);
    CPPUNIT_ASSERT(image.slots[2].run == RunId{3} && image.slots[2].step == 2 && image.slots[2].held);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("one that has been woken collects no more", std::size_t{1}, image.collecting.size());
    const Collecting& collecting = image.collecting[0];
    CPPUNIT_ASSERT(collecting.run == RunId{1} && collecting.createdAt == at(1) && collecting.wakeAt == at(80));
    CPPUNIT_ASSERT_EQUAL(std::string("collect:p:batch[k]"), collecting.lane);
    CPPUNIT_ASSERT(collecting.lastTs == at(-7) && collecting.events == 2);
    CPPUNIT_ASSERT(
        (image.waiting == std::vector<std::pair<std::string, std::size_t>>{{"event:a?x", 2}, {"event:b", 1}}));
    CPPUNIT_ASSERT((image.moments == std::vector<std::pair<std::string, Timestamp>>{{"a", at(6)}}));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, image.deliveries.size());
    CPPUNIT_ASSERT(image.deliveries[0].event.id == EventId{1} && image.deliveries[0].after == RunId{3});
    CPPUNIT_ASSERT(image.deliveries[1].event.id == EventId{2} && image.deliveries[1].after == RunId{});
    CPPUNIT_ASSERT((image.paused == std::vector<std::string>{"p"}));
    CPPUNIT_ASSERT_MESSAGE("of parked runs alone", image.nextWake == at(60));
}

void StoreContract::testAuditFindsSlotsWithoutOwner() {
    Admission ended = sampleAdmission(2, revision_);
    ended.runs[0].run.state = RunState::Cancelled;
    durable({sampleAdmission(1, revision_), ended, SlotChange{"l", {1}, 0, true}});
    CPPUNIT_ASSERT(audit().slotsWithoutOwner.empty());
    durable({SlotChange{"l", {2}, -1, true}, SlotChange{"m", {9}, 3, true}});
    const auto found = audit().slotsWithoutOwner;
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, found.size());
    CPPUNIT_ASSERT(found[0].lane == "l" && found[0].run == RunId{2} && found[0].step == -1 && found[0].held);
    CPPUNIT_ASSERT(found[1].lane == "m" && found[1].run == RunId{9} && found[1].step == 3);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, audit(1).slotsWithoutOwner.size());
}

void StoreContract::testAuditFindsParkedRunsWithoutWake() {
    const auto parked = [this](std::int64_t id) {
        Admission admission = sampleAdmission(id, revision_);
        admission.runs[0].run.parked = true;
        admission.runs[0].run.state = RunState::Waiting;
        return admission;
    };
    Admission timed = parked(1);
    timed.runs[0].run.wakeAt = at(60);
    Admission waiting = parked(2);
    waiting.runs[0].waits = {waitFor("event:a")};
    Admission held = parked(3);
    held.runs[0].steps = {sampleStep(0, StepState::Completed), sampleStep(1, StepState::Waiting)};
    held.runs[0].steps[1].memo = "\"held\"";
    Admission child = sampleAdmission(5, revision_);
    child.runs[0].run.parent = {4};
    Admission ended = parked(6);
    ended.runs[0].run.state = RunState::Failed;
    durable({timed, waiting, held, parked(4), child, ended, sampleAdmission(7, revision_)});
    CPPUNIT_ASSERT(audit().parkedWithoutWake.empty());

    Run endedChild = child.runs[0].run;
    endedChild.state = RunState::Completed;
    StepRecord released = held.runs[0].steps[1];
    released.memo.clear();
    Run asleep = timed.runs[0].run;
    asleep.wakeAt.reset();
    durable({RunChange{RunState::Queued, endedChild}, StepChange{{3}, StepState::Waiting, released},
             RunChange{RunState::Waiting, asleep}, WaitsChange{{2}, {}}});
    using Keys = std::vector<RunId>;
    CPPUNIT_ASSERT((audit().parkedWithoutWake == Keys{{1}, {2}, {3}, {4}}));
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, audit(4).parkedWithoutWake.size());
    CPPUNIT_ASSERT(audit(2).parkedWithoutWake.size() <= 2);
}

}  // namespace stepd::test
