// What is over goes, what is needed stays.
#include <algorithm>

#include "contract/store_contract.h"
#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

namespace {

using What = Prune::What;

RetentionRules sampleRules() {
    return {.runs = {.completed = 100s, .failed = 300s}, .pipelines = {}, .events = 200s, .lookedBackFor = {}};
}

/// An event at second `id` whose run of the same key ended `took` seconds later.
Admission ended(std::int64_t id, RevisionId revision, RunState state = RunState::Completed, std::int64_t took = 1) {
    Admission admission = sampleAdmission(id, revision);
    admission.runs[0].run.state = state;
    admission.runs[0].run.finishedAt = at(id + took);
    return admission;
}

}  // namespace

Pruned StoreContract::prune(What what, std::int64_t second, RetentionRules rules, std::int64_t first,
                            std::size_t most) {
    std::optional<Pruned> answer;
    bench_->store().prune({.what = what,
                           .now = at(second),
                           .rules = std::make_shared<const RetentionRules>(std::move(rules)),
                           .first = first,
                           .most = most},
                          [&](Pruned pruned) { answer = std::move(pruned); });
    bench_->settle();
    CPPUNIT_ASSERT_MESSAGE("the callback has run", answer.has_value());
    return *answer;
}

std::string StoreContract::runsLeft() {
    std::string keys;
    for (const auto& run : bench_->readers().listRuns({}, {})) keys = std::to_string(run.id.value) + " " + keys;
    return keys;
}

std::string StoreContract::eventsLeft() {
    std::string keys;
    for (const auto& event : bench_->readers().listEvents({}, {})) keys = std::to_string(event.id.value) + " " + keys;
    return keys;
}

void StoreContract::testPrunesRunsThatAreOver() {
    durable({ended(1, revision_), ended(2, revision_, RunState::Failed), ended(3, revision_, RunState::Completed, 90),
             sampleAdmission(4, revision_), ended(5, revision_, RunState::Cancelled),
             ended(6, revision_, RunState::Quarantined), ended(7, revision_), ended(60, revision_)});
    AttemptRecord attempt = sampleAttempt(0, 1, 2);
    attempt.finishedAt = at(3);
    durable({AttemptEnd{{2}, attempt}, AttemptEnd{{7}, attempt}});
    const auto first = prune(What::Runs, 120, sampleRules());
    CPPUNIT_ASSERT(first.status == Pruned::Status::Done);
    CPPUNIT_ASSERT_EQUAL(std::string("2 3 4 5 6 60 "), runsLeft());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, first.deleted);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, first.reached);
    CPPUNIT_ASSERT_MESSAGE("the third is over first", first.stays == at(193));
    CPPUNIT_ASSERT_MESSAGE("the last is too young to be over", first.rest == at(160));
    CPPUNIT_ASSERT(bench_->readers().stepsOf({1}).empty() && bench_->readers().attemptsOf({7}).empty());
    CPPUNIT_ASSERT(!bench_->readers().stepsOf({2}).empty() && !bench_->readers().attemptsOf({2}).empty());

    const auto second = prune(What::Runs, 306, sampleRules());
    CPPUNIT_ASSERT_EQUAL(std::string("4 6 "), runsLeft());
    CPPUNIT_ASSERT(second.stays == at(307) && !second.rest);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{60}, second.reached);
}

void StoreContract::testPruneFollowsThePipelinesOwnRetention() {
    Admission other = ended(2, revision_);
    other.runs[0].run.pipeline = "brief";
    durable({ended(1, revision_), other});
    RetentionRules rules = sampleRules();
    rules.pipelines["brief"] = {.completed = 10s, .failed = 20s};
    CPPUNIT_ASSERT(prune(What::Runs, 12, rules).stays == at(13));
    CPPUNIT_ASSERT(prune(What::Runs, 13, rules).stays == at(102));
    CPPUNIT_ASSERT_EQUAL(std::string("1 "), runsLeft());
}

void StoreContract::testPruneWithNothingToDo() {
    const auto nothing = prune(What::Runs, 1000, sampleRules(), 5);
    CPPUNIT_ASSERT(nothing.deleted == 0 && nothing.reached == 4 && !nothing.stays && !nothing.rest);
    durable({sampleAdmission(1, revision_)});
    const auto unfinished = prune(What::Runs, 1000, sampleRules());
    CPPUNIT_ASSERT_MESSAGE("looked at again later", unfinished.stays > at(1000) && !unfinished.rest);
    CPPUNIT_ASSERT_EQUAL(std::string("1 "), runsLeft());
}

void StoreContract::testPruneKeepsChildrenOfRunsThatGoOn() {
    Admission child = ended(2, revision_);
    child.runs[0].run.parent = {1};
    durable({sampleAdmission(1, revision_), child});
    CPPUNIT_ASSERT(prune(What::Runs, 500, sampleRules()).deleted == 0);
    Run parent = sampleRun(1, 1, revision_);
    parent.state = RunState::Failed;
    parent.finishedAt = at(500);
    durable({RunChange{RunState::Queued, parent}});
    prune(What::Runs, 500, sampleRules());
    CPPUNIT_ASSERT_EQUAL(std::string("1 "), runsLeft());
}

void StoreContract::testPruneKeepsTheHolderOfAKey() {
    Admission holder = ended(1, revision_);
    holder.runs[0].once = OnceKey{"run:process-registration", "k", at(400), at(1)};
    durable({holder});
    CPPUNIT_ASSERT(prune(What::Runs, 399, sampleRules()).stays == at(400));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, holderOf("run:process-registration", "k", 399));
    prune(What::Runs, 400, sampleRules());
    CPPUNIT_ASSERT(runsLeft().empty());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("even if the clock is set back", std::int64_t{0},
                                 holderOf("run:process-registration", "k", 399));
}

void StoreContract::testPrunesEventsThatNoRunIsFor() {
    durable({ended(1, revision_), Admission{sampleEvent(2), {}, {}}, ended(3, revision_, RunState::Failed),
             Admission{sampleEvent(4), {}, {}}, Admission{sampleEvent(150), {}, {}}});
    prune(What::Runs, 203, sampleRules());
    const auto pruned = prune(What::Events, 203, sampleRules());
    CPPUNIT_ASSERT_EQUAL(std::string("3 4 150 "), eventsLeft());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, pruned.deleted);
    CPPUNIT_ASSERT_MESSAGE("its run is over then", pruned.stays == at(304));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, pruned.reached);
    CPPUNIT_ASSERT(pruned.rest == at(204));
}

void StoreContract::testPruneKeepsEventsInUse() {
    Admission batch = sampleAdmission(1, revision_);
    batch.runs[0].run.parked = true;
    Admission known{sampleEvent(3), OnceKey{"event:registration.received", "k", at(2000), at(3)}, {}};
    known.event.externalId = "k";
    Admission stranger{sampleEvent(5), {}, {}};
    stranger.event.name = "another";
    durable({batch, Admission{sampleEvent(2), {}, {}}, Collect{{1}, {2}, false, at(9)}, known,
             Admission{sampleEvent(4), {}, {}}, DeliveryChange{{4}, {}, false}, stranger,
             Admission{sampleEvent(6), {}, {}}});
    RetentionRules rules = sampleRules();
    rules.lookedBackFor = {"registration.*"};
    const auto pruned = prune(What::Events, 1000, rules);
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 6 "), eventsLeft());
    CPPUNIT_ASSERT(pruned.stays && *pruned.stays > at(1000));

    Run over = batch.runs[0].run;
    over.state = RunState::Completed;
    over.parked = false;
    over.finishedAt = at(1000);
    durable({RunChange{RunState::Queued, over}, DeliveryChange{{4}, {}, true}});
    prune(What::Runs, 1100, rules);
    prune(What::Events, 1100, rules);
    CPPUNIT_ASSERT_EQUAL(std::string("3 "), eventsLeft());
    prune(What::Events, 2000, rules);
    CPPUNIT_ASSERT(eventsLeft().empty());
}

void StoreContract::testPruneGoesInSlices() {
    Admission large = ended(3, revision_);
    for (std::int32_t number = 1; number < 25; ++number) large.runs[0].steps.push_back(sampleStep(number));
    durable({ended(1, revision_), ended(2, revision_), large, ended(4, revision_), ended(5, revision_)});
    std::int64_t first = 1;
    std::size_t slices = 0;
    for (bool more = true; more; ++slices) {
        const auto before = bench_->readers().stepsOf({3}).size() + bench_->readers().listRuns({}, {}).size();
        const auto pruned = prune(What::Runs, 1000, sampleRules(), first, 10);
        const auto left = bench_->readers().stepsOf({3}).size() + bench_->readers().listRuns({}, {}).size();
        CPPUNIT_ASSERT(before - left <= 10 + 1);
        CPPUNIT_ASSERT_MESSAGE("each slice comes nearer to the end", before > left || pruned.reached >= first);
        first = pruned.reached + 1;
        more = pruned.rest == at(1000);
        CPPUNIT_ASSERT(slices < 20);
    }
    CPPUNIT_ASSERT(runsLeft().empty());
    CPPUNIT_ASSERT(slices >= 4);
}

void StoreContract::testPrunedKeysAreNotGivenOutAgain() {
    durable({ended(7, revision_), ended(9, revision_)});
    prune(What::Runs, 1000, sampleRules());
    prune(What::Events, 1000, sampleRules());
    CPPUNIT_ASSERT(runsLeft().empty() && eventsLeft().empty());
    bench_->reopen();
    CPPUNIT_ASSERT(bench_->store().lastEventId() == EventId{9} && bench_->store().lastRunId() == RunId{9});
    durable({ended(10, revision_)});
    CPPUNIT_ASSERT(bench_->store().lastEventId() == EventId{10} && bench_->store().lastRunId() == RunId{10});
}

void StoreContract::testPrunesExpiredKeys() {
    Admission first{sampleEvent(1), OnceKey{"event:a", "k", at(5)}, {}};
    Admission second{sampleEvent(2), OnceKey{"event:a", "l", at(500)}, {}};
    durable({first, second, CacheChange{"p/s", "k", "{}", at(6)}});
    const auto pruned = prune(What::Keys, 100, sampleRules());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, pruned.deleted);
    CPPUNIT_ASSERT(!pruned.rest);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("gone, not only expired", std::int64_t{0}, holderOf("event:a", "k", 2));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, holderOf("event:a", "l", 2));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, prune(What::Keys, 100, sampleRules()).deleted);
}

void StoreContract::testFullDiskPutsPruningOff() {
    durable({ended(1, revision_)});
    bench_->fillDisk();
    const auto pruned = prune(What::Runs, 1000, sampleRules());
    CPPUNIT_ASSERT(pruned.status == Pruned::Status::Later && !pruned.message.empty());
    CPPUNIT_ASSERT_EQUAL(std::string("1 "), runsLeft());
    CPPUNIT_ASSERT(prune(What::Runs, 1000, sampleRules()).deleted == 1);
}

void StoreContract::testLookupTellsWhichRunsAreStored() {
    durable({sampleAdmission(1, revision_), ended(2, revision_)});
    const auto found = lookup({.now = at(1), .once = {}, .cache = {}, .runs = {{1}, {2}, {3}}});
    CPPUNIT_ASSERT((found.runs == std::vector<bool>{true, true, false}));
}

}  // namespace stepd::test
