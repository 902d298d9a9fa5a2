// What the changes of events, runs, steps and attempts do, and what a batch is.
#include "contract/store_contract.h"
#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

void StoreContract::testStoresAnAdmissionWhole() {
    Admission admission = sampleAdmission(7, revision_);
    admission.event.externalId = "order-1";
    admission.event.user = R"({"id":1})";
    admission.event.requestId = "req-9";
    admission.event.ts = at(-100);
    Run& run = admission.runs[0].run;
    run.state = RunState::Waiting;
    run.startedAt = at(8);
    run.attempt = 2;
    run.rerunOf = {3};
    run.parent = {4};
    run.parentStep = 5;
    run.priority = -6;
    run.lanes = {"p:concurrency[a \"b\" \n \u00e9]", "limiter:web"};
    run.ending = RunState::Failed;
    run.parked = true;
    run.wakeAt = at(70);
    run.plugins = {3};
    admission.event.skipped = R"([{"pipeline":"q","why":"paused"}])";
    durable({PluginSet{{3}, R"({"fetch":"b1"})"}, admission});

    const auto event = bench_->readers().findEvent({7});
    CPPUNIT_ASSERT(event.has_value());
    CPPUNIT_ASSERT_EQUAL(std::string("registration.received"), event->name);
    CPPUNIT_ASSERT_EQUAL(std::string("order-1"), event->externalId);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"id":1})"), event->user);
    CPPUNIT_ASSERT_EQUAL(std::string("req-9"), event->requestId);
    CPPUNIT_ASSERT(event->ts == at(-100) && event->receivedAt == at(7));
    CPPUNIT_ASSERT_EQUAL(admission.event.skipped, event->skipped);

    const auto stored = bench_->readers().findRun({7});
    CPPUNIT_ASSERT(stored.has_value());
    CPPUNIT_ASSERT(stored->event == EventId{7} && stored->revision == revision_);
    CPPUNIT_ASSERT_EQUAL(run.pipeline, stored->pipeline);
    CPPUNIT_ASSERT(stored->state == RunState::Waiting && stored->createdAt == at(7));
    CPPUNIT_ASSERT(stored->startedAt == at(8) && !stored->finishedAt);

    CPPUNIT_ASSERT_EQUAL(2, stored->attempt);
    CPPUNIT_ASSERT(stored->rerunOf == RunId{3} && stored->parent == RunId{4});
    CPPUNIT_ASSERT_EQUAL(5, stored->parentStep);
    CPPUNIT_ASSERT_EQUAL(-6, stored->priority);
    CPPUNIT_ASSERT(stored->lanes == run.lanes);
    CPPUNIT_ASSERT(stored->ending == RunState::Failed && stored->parked && stored->wakeAt == at(70));
    CPPUNIT_ASSERT(stored->plugins == PluginSetId{3} && load(LoadOne{{7}}).runs.at(0).run.plugins == PluginSetId{3});
}

void StoreContract::testRunChangeLeavesTheRestAlone() {
    Admission admission = sampleAdmission(7, revision_);
    Run& run = admission.runs[0].run;
    run.lanes = {"a"};
    run.parked = true;
    run.wakeAt = at(70);
    durable({admission});
    Run ended = run;
    ended.state = RunState::Failed;
    ended.startedAt = at(8);
    ended.finishedAt = at(9);
    ended.ending = RunState::Failed;
    ended.output = "[1]";
    ended.error = R"({"step":"save"})";
    ended.parked = false;
    ended.wakeAt.reset();
    ended.pipeline = "another";
    ended.lanes = {"b"};
    ended.plugins = {8};
    ended.priority = ended.attempt = 9;
    durable({RunChange{RunState::Queued, ended}});
    const auto after = bench_->readers().findRun({7});
    CPPUNIT_ASSERT(after->state == RunState::Failed && after->startedAt == at(8) && after->finishedAt == at(9));
    CPPUNIT_ASSERT(after->ending == RunState::Failed && !after->parked && !after->wakeAt);
    CPPUNIT_ASSERT_EQUAL(ended.output, after->output);
    CPPUNIT_ASSERT_EQUAL(ended.error, after->error);
    CPPUNIT_ASSERT_EQUAL(run.pipeline, after->pipeline);
    CPPUNIT_ASSERT(after->lanes == run.lanes && after->priority == 0 && after->attempt == 1 && !after->plugins);
}

void StoreContract::testStoresStepsAndAttemptsWhole() {
    durable({sampleAdmission(1, revision_)});
    StepRecord step = sampleStep(0, StepState::Waiting);
    step.attempts = 3;
    step.crashes = 2;
    step.lost = 1;
    step.startedAt = at(1);
    step.finishedAt = at(2);
    step.wakeAt = at(3);
    step.output = "{}";
    step.error = StepError{OutcomeClass::RateLimited, "slow_down", "later", R"({"n":1})", 1500ms};
    step.resumeToken = "page-4";
    step.memo = "\"cached\"";
    step.givenInput = "{\"a\":1}";
    step.receipt = sampleReceipt(1);
    AttemptRecord attempt = sampleAttempt(0, 3, 5);
    attempt.finishedAt = at(6);
    attempt.outcome = OutcomeClass::Hang;
    attempt.code = "deadline";
    attempt.message = "too slow";
    attempt.details = R"({"signal":"SIGSEGV"})";
    attempt.receipt = sampleReceipt(2);
    step.attemptStartedAt = at(5);
    durable({StepChange{{1}, StepState::Pending, step}, AttemptEnd{{1}, attempt}});

    const auto steps = bench_->readers().stepsOf({1});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, steps.size());
    CPPUNIT_ASSERT_EQUAL(std::string("step-0"), steps[0].name);
    CPPUNIT_ASSERT_EQUAL(std::string("plugin"), steps[0].kind);
    CPPUNIT_ASSERT(steps[0].state == StepState::Waiting && steps[0].attempts == 3 && steps[0].crashes == 2 &&
                   steps[0].lost == 1);
    CPPUNIT_ASSERT(steps[0].attemptStartedAt == at(5));
    CPPUNIT_ASSERT(steps[0].startedAt == at(1) && steps[0].finishedAt == at(2) && steps[0].wakeAt == at(3));
    CPPUNIT_ASSERT_EQUAL(std::string("{}"), steps[0].output);
    CPPUNIT_ASSERT_EQUAL(std::string("page-4"), steps[0].resumeToken);
    CPPUNIT_ASSERT_EQUAL(step.memo, steps[0].memo);
    CPPUNIT_ASSERT_EQUAL(step.givenInput, steps[0].givenInput);
    CPPUNIT_ASSERT(steps[0].error && steps[0].error->outcome == OutcomeClass::RateLimited);
    CPPUNIT_ASSERT_EQUAL(std::string("slow_down"), steps[0].error->code);
    CPPUNIT_ASSERT_EQUAL(std::string("later"), steps[0].error->message);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"n":1})"), steps[0].error->details);
    CPPUNIT_ASSERT(steps[0].error->retryAfter == Duration(1500ms));
    CPPUNIT_ASSERT(steps[0].receipt == sampleReceipt(1));
    CPPUNIT_ASSERT(load().runs.at(0).steps.at(0).receipt == sampleReceipt(1));

    const auto attempts = bench_->readers().attemptsOf({1});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, attempts.size());
    CPPUNIT_ASSERT(attempts[0].step == 0 && attempts[0].number == 3);
    CPPUNIT_ASSERT(attempts[0].startedAt == at(5) && attempts[0].finishedAt == at(6));
    CPPUNIT_ASSERT(attempts[0].outcome == OutcomeClass::Hang);
    CPPUNIT_ASSERT_EQUAL(std::string("deadline"), attempts[0].code);
    CPPUNIT_ASSERT_EQUAL(std::string("too slow"), attempts[0].message);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"signal":"SIGSEGV"})"), attempts[0].details);
    CPPUNIT_ASSERT(attempts[0].receipt == sampleReceipt(2));
}

void StoreContract::testCompletedAttemptHasTheReceiptOfItsStep() {
    Admission admission = sampleAdmission(1, revision_);
    admission.runs[0].steps.push_back(sampleStep(1, StepState::Running));
    admission.runs[0].steps[1].attempts = 1;
    admission.runs[0].steps[1].receipt = sampleReceipt(2);  // of the attempt before
    durable({admission});
    StepRecord step = sampleStep(0, StepState::Completed);
    step.attempts = 1;
    step.startedAt = step.attemptStartedAt = at(1);
    step.receipt = sampleReceipt(3);
    durable({StepChange{{1}, StepState::Pending, step}});
    const auto attempts = bench_->readers().attemptsOf({1});
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, attempts.size());
    CPPUNIT_ASSERT(attempts[0].outcome == OutcomeClass::Ok && attempts[0].receipt == sampleReceipt(3));
    CPPUNIT_ASSERT_MESSAGE("one that runs has none yet", attempts[1].receipt == Receipt{});
}

void StoreContract::testKeepsTheBytes() {
    using namespace std::string_literals;
    const std::string samples[] = {
        R"({"a":1.0,"b":-0,"c":1e400,"d":123456789012345678901234567890})"s,
        R"({"a":1,"a":2,  "b" : "\u0000\ud83d\ude00" })"s,
        "{\"raw\":\"a\0b\"}"s,
        "{\"latin1\":\"\xe9\xff\"}"s,
        "  {}\r\n"s,
        "{\"long\":\"" + std::string(100'000, 'x') + "\"}",
    };
    std::int64_t id = 0;
    for (const auto& sample : samples) {
        ++id;
        Admission admission = sampleAdmission(id, revision_);
        admission.event.data = admission.event.user = admission.event.name = sample;
        durable({admission});
        StepRecord step = sampleStep(0, StepState::Completed);
        step.output = sample;
        Run run = admission.runs[0].run;
        run.state = RunState::Running;
        run.output = run.error = sample;
        durable({StepChange{{id}, StepState::Pending, step}, RunChange{RunState::Queued, run}});
        const auto event = bench_->readers().findEvent({id});
        CPPUNIT_ASSERT_EQUAL(sample, event->data);
        CPPUNIT_ASSERT_EQUAL(sample, event->user);
        CPPUNIT_ASSERT_EQUAL(sample, event->name);
        CPPUNIT_ASSERT_EQUAL(sample, bench_->readers().stepsOf({id}).at(0).output);
        CPPUNIT_ASSERT_EQUAL(sample, bench_->readers().findRun({id})->output);
        CPPUNIT_ASSERT_EQUAL(sample, bench_->readers().findRun({id})->error);
        CPPUNIT_ASSERT_EQUAL(sample, load(LoadOne{{id}}).runs.at(0).event.data);
    }
}

void StoreContract::testEmptyBatchIsDurable() {
    durable({});
}

void StoreContract::testBrokenGuardUndoesItsBatch() {
    durable({sampleAdmission(1, revision_)});
    AttemptRecord recorded = sampleAttempt(0, 1);
    recorded.finishedAt = at(9);
    durable({StepChange{{1}, {}, sampleStep(1)}, AttemptEnd{{1}, recorded}});
    Run running = sampleRun(1, 1, revision_);
    running.state = RunState::Running;
    AttemptRecord ended = sampleAttempt(0, 2);
    ended.finishedAt = at(9);
    AttemptRecord ofNoStep = sampleAttempt(4, 1);
    ofNoStep.finishedAt = at(9);
    Run stranger = sampleRun(8, 8, revision_);
    stranger.event = {1};
    Run orphan = sampleRun(8, 8, RevisionId{99});
    Run absent = sampleRun(9, 1, revision_);
    const struct {
        Change bad;
        std::vector<std::string> words;
    } rows[] = {
        {RunChange{RunState::Waiting, running}, {"run 1", "waiting"}},
        {RunChange{RunState::Queued, absent}, {"run 9"}},
        {StepChange{{1}, StepState::Running, sampleStep(1)}, {"run 1 step 1", "running"}},
        {StepChange{{1}, StepState::Pending, sampleStep(5)}, {"run 1 step 5"}},
        {StepChange{{1}, {}, sampleStep(1)}, {"run 1 step 1"}},
        {StepChange{{9}, {}, sampleStep(0)}, {"run 9"}},
        {AttemptEnd{{1}, recorded}, {"run 1 step 0 attempt 1"}},
        {AttemptEnd{{1}, ofNoStep}, {"run 1 step 4 attempt 1"}},
        {AttemptEnd{{1}, sampleAttempt(1, 1)}, {"run 1 step 1 attempt 1"}},
        {Admission{sampleEvent(1), {}, {}}, {"event 1"}},
        {Admission{sampleEvent(8), {}, {NewRun{sampleRun(1, 8, revision_), {}, {}, {}}}}, {"run 1"}},
        {Admission{sampleEvent(8), {}, {NewRun{stranger, {}, {}, {}}}}, {"run 8"}},
        {Admission{sampleEvent(8), {}, {NewRun{orphan, {}, {}, {}}}}, {"run 8"}},
        {Admission{sampleEvent(8), OnceKey{"event:a", "k", at(1000)}, {}}, {"event:a", "k"}},
        {RunAdmission{{sampleRun(8, 8, revision_), {}, {}, {}}}, {"run 8"}},
        {RunAdmission{{sampleRun(1, 1, revision_), {}, {}, {}}}, {"run 1"}},
        {WaitsChange{{9}, {{"event:a", "event:a", 0, -1}}}, {"run 9"}},
        {Collect{{1}, {5}, false, at(9)}, {"run 1", "event 5"}},
        {Collect{{9}, {5}, true, at(9)}, {"run 9"}},
        {SlotChange{"lane", {1}, -1, true}, {"run 1", "lane"}},
        {SlotChange{"lane", {1}, 0, false}, {"run 1 step 0", "lane"}},
    };
    Admission holder{sampleEvent(2), OnceKey{"event:a", "k", at(1000)}, {}};
    durable({holder, SlotChange{"lane", {1}, -1, true}});
    const auto before = everything();
    for (const auto& row : rows) {
        refused({sampleAdmission(5, revision_), RunChange{RunState::Queued, running}, AttemptEnd{{1}, ended}, row.bad},
                row.words);
        CPPUNIT_ASSERT_EQUAL(before, everything());
    }
}

void StoreContract::testBadBatchLeavesOthersIntact() {
    std::vector<CommitStatus> statuses;
    const auto collect = [&](const Committed& committed) { statuses.push_back(committed.status); };
    for (const std::int64_t id : {1, 2, 1, 3}) bench_->store().commit({{sampleAdmission(id, revision_)}}, collect);
    bench_->settle();
    using enum CommitStatus;
    CPPUNIT_ASSERT((statuses == std::vector{Durable, Durable, Failed, Durable}));
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, bench_->readers().listRuns({}, {}).size());
}

void StoreContract::testReplayChangesNothing() {
    Run running = sampleRun(1, 1, revision_);
    running.state = RunState::Running;
    StepRecord step = sampleStep(0, StepState::Running);
    step.attempts = 1;
    StepRecord completed = step;
    completed.state = StepState::Completed;
    AttemptRecord ended = sampleAttempt(0, 1);
    ended.finishedAt = at(9);
    ended.message = "first";
    Admission collecting = sampleAdmission(2, revision_);
    collecting.runs[0].run.parked = true;
    const struct {
        Change change;
        CommitStatus replayed;
    } rows[] = {
        {sampleAdmission(1, revision_), CommitStatus::Failed},
        {collecting, CommitStatus::Failed},
        {RunAdmission{{sampleRun(3, 1, revision_), {}, {}, {}}}, CommitStatus::Failed},
        {RunChange{RunState::Queued, running}, CommitStatus::Failed},
        {StepChange{{1}, StepState::Pending, step}, CommitStatus::Failed},
        {AttemptEnd{{1}, ended}, CommitStatus::Failed},
        {StepChange{{1}, StepState::Running, completed}, CommitStatus::Failed},
        {StepChange{{1}, {}, sampleStep(1)}, CommitStatus::Failed},
        {Admission{sampleEvent(4), {}, {}}, CommitStatus::Failed},
        {Collect{{2}, {4}, false, at(40)}, CommitStatus::Failed},
        {SlotChange{"lane", {1}, 0, true}, CommitStatus::Failed},
        {SlotChange{"lane", {1}, 0, false}, CommitStatus::Failed},
        {WaitsChange{{1}, {{"event:a", "event:a", 7, 0}}}, CommitStatus::Durable},
        {Wake{{2}, at(30)}, CommitStatus::Durable},
        {MomentChange{"m", at(5)}, CommitStatus::Durable},
        {MomentChange{"m", {}}, CommitStatus::Durable},
        {CacheChange{"p/fetch", "k", "{}", at(1000)}, CommitStatus::Durable},
        {DeliveryChange{{1}, {2}, false}, CommitStatus::Durable},
        {DeliveryChange{{1}, {2}, true}, CommitStatus::Durable},
        {PauseChange{"p", true}, CommitStatus::Durable},
        {PauseChange{"p", false}, CommitStatus::Durable},
    };
    std::string before = everything();
    for (const auto& row : rows) {
        durable({row.change});
        const auto once = everything();
        CPPUNIT_ASSERT_MESSAGE(once, once != before);
        CPPUNIT_ASSERT(commit({row.change}).status == row.replayed);
        CPPUNIT_ASSERT_EQUAL(once, everything());
        before = once;
    }
}

void StoreContract::testLateReplayOfAnEarlierAttemptIsRefused() {
    durable({sampleAdmission(1, revision_)});
    const auto step = [](StepState state, std::int32_t attempts) {
        StepRecord record = sampleStep(0, state);
        record.attempts = attempts;
        return record;
    };
    const StepChange firstEnded{{1}, StepState::Running, step(StepState::Waiting, 1)};
    durable({StepChange{{1}, StepState::Pending, step(StepState::Running, 1)}});
    durable({firstEnded});
    durable({StepChange{{1}, StepState::Waiting, step(StepState::Running, 2)}});
    CPPUNIT_ASSERT(commit({firstEnded}).status == CommitStatus::Failed);
    CPPUNIT_ASSERT_EQUAL(2, bench_->readers().stepsOf({1}).at(0).attempts);
}

void StoreContract::testFullGivesTheBatchBack() {
    bench_->fillDisk();
    const auto before = everything();
    auto answer = commit({sampleAdmission(1, revision_), MomentChange{"m", at(5)}});
    CPPUNIT_ASSERT(answer.status == CommitStatus::Full && !answer.message.empty());
    CPPUNIT_ASSERT_EQUAL(before, everything());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, answer.batch.changes.size());
    CPPUNIT_ASSERT_EQUAL(std::string("m"), std::get<MomentChange>(answer.batch.changes[1]).name);
    durable(std::move(answer.batch.changes));
    CPPUNIT_ASSERT(bench_->readers().findEvent({1}) && bench_->readers().findRun({1}));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench_->store().image().moments.size());
}

void StoreContract::testRevisionIsWrittenOnce() {
    auto& store = bench_->store();
    const Revision one{{}, "p", "11", R"({"p.yaml":"id: p"})"};
    const auto id = store.saveRevision(one);
    CPPUNIT_ASSERT(id && store.saveRevision(one) == id);
    CPPUNIT_ASSERT(store.saveRevision({{}, "p", "22", "{}"}) != id);
    CPPUNIT_ASSERT(store.saveRevision({{}, "q", "11", "{}"}) != id);
    bench_->reopen();
    const auto found = bench_->store().findRevision(id);
    CPPUNIT_ASSERT(found && found->id == id);
    CPPUNIT_ASSERT_EQUAL(one.pipeline, found->pipeline);
    CPPUNIT_ASSERT_EQUAL(one.hash, found->hash);
    CPPUNIT_ASSERT_EQUAL(one.source, found->source);
}

void StoreContract::testReopenedStoreGoesOn() {
    CPPUNIT_ASSERT(bench_->store().lastEventId() == EventId{} && bench_->store().lastRunId() == RunId{});
    Admission admission = sampleAdmission(41, revision_);
    admission.runs[0].run = sampleRun(17, 41, revision_);
    admission.once = OnceKey{"event:a", "k", at(1000)};
    durable({admission});
    bench_->reopen();
    CPPUNIT_ASSERT(bench_->store().lastEventId() == EventId{41} && bench_->store().lastRunId() == RunId{17});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, load().runs.size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{41}, holderOf("event:a", "k", 42));
}

void StoreContract::testPluginSetIsWrittenOnce() {
    const std::string builds = R"({"a":"1f","b":"2e"})";
    Admission first = sampleAdmission(1, revision_);
    first.runs[0].run.plugins = {4};
    durable({PluginSet{{4}, builds}, first});
    CPPUNIT_ASSERT_EQUAL(builds, bench_->readers().pluginBuilds({4}));
    CPPUNIT_ASSERT_EQUAL(std::string(), bench_->readers().pluginBuilds({5}));
    refused({PluginSet{{4}, "{}"}}, {"plugin set 4"});
    refused({PluginSet{{5}, builds}}, {"plugin set 5"});
    durable({PluginSet{{6}, R"({"a":"1f"})"}});
    bench_->reopen();
    const auto sets = bench_->store().image().pluginSets;
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, sets.size());
    CPPUNIT_ASSERT(sets[0].id == PluginSetId{4} && sets[0].builds == builds);
    CPPUNIT_ASSERT(sets[1].id == PluginSetId{6} && sets[1].builds == R"({"a":"1f"})");
    CPPUNIT_ASSERT(bench_->readers().findRun({1})->plugins == PluginSetId{4});
}

void StoreContract::testRunOfAnUnknownPluginSetIsRefused() {
    Admission admission = sampleAdmission(1, revision_);
    admission.runs[0].run.plugins = {4};
    refused({admission});
    CPPUNIT_ASSERT(!bench_->readers().findRun({1}));
}

}  // namespace stepd::test
