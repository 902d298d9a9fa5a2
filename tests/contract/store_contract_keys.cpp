// What a taken OnceKey means.
#include "contract/store_contract.h"
#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

void StoreContract::testTakenEventKeyAnswersWithTheFirst() {
    Admission first = sampleAdmission(1, revision_);
    first.once = OnceKey{"event", "order-1", at(1000)};
    first.runs.push_back({sampleRun(2, 1, revision_), {}, {}, {}});
    durable({first});

    Admission second = sampleAdmission(3, revision_);
    second.once = OnceKey{"event", "order-1", at(2000)};
    Admission third = sampleAdmission(4, revision_);
    third.once = OnceKey{"event", "order-2", at(2000)};
    Admission fourth = sampleAdmission(5, revision_);
    fourth.once = third.once;
    const auto admitted = durable({second, third, fourth});
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, admitted.size());
    CPPUNIT_ASSERT(admitted[0].duplicateOf == EventId{1} && admitted[0].duplicateReceivedAt == at(1));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, admitted[0].runs.size());
    CPPUNIT_ASSERT(admitted[0].runs[0].run == RunId{1} && admitted[0].runs[1].run == RunId{2});
    CPPUNIT_ASSERT(admitted[0].runs[0].duplicate && admitted[0].runs[0].createdAt == at(1));
    CPPUNIT_ASSERT_EQUAL(std::string("process-registration"), admitted[0].runs[0].pipeline);
    CPPUNIT_ASSERT(!admitted[1].duplicateOf);
    CPPUNIT_ASSERT_MESSAGE("within one batch", admitted[2].duplicateOf == EventId{4});
    CPPUNIT_ASSERT(!bench_->readers().findEvent({3}) && !bench_->readers().findRun({3}));
    CPPUNIT_ASSERT(bench_->readers().findEvent({4}) && !bench_->readers().findEvent({5}));
}

void StoreContract::testTakenRunKeySkipsThatRunAlone() {
    Admission first = sampleAdmission(1, revision_);
    first.runs[0].once = OnceKey{"run:process-registration", "example.org", at(1000)};
    durable({first});
    Admission second = sampleAdmission(2, revision_);
    second.runs[0].once = first.runs[0].once;
    second.runs.push_back({sampleRun(3, 2, revision_), {}, {sampleStep(0)}, {sampleAttempt(0, 1)}});
    const auto admitted = durable({second}).at(0);
    CPPUNIT_ASSERT(!admitted.duplicateOf);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, admitted.runs.size());
    CPPUNIT_ASSERT(admitted.runs[0].duplicate && admitted.runs[0].run == RunId{1});
    CPPUNIT_ASSERT(admitted.runs[0].createdAt == at(1));
    CPPUNIT_ASSERT_EQUAL(std::string("process-registration"), admitted.runs[0].pipeline);
    CPPUNIT_ASSERT(!admitted.runs[1].duplicate && admitted.runs[1].run == RunId{3});
    CPPUNIT_ASSERT(bench_->readers().findEvent({2}));
    CPPUNIT_ASSERT(!bench_->readers().findRun({2}) && bench_->readers().stepsOf({2}).empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench_->readers().attemptsOf({3}).size());
}

void StoreContract::testKeysAreSeparateByScope() {
    Admission both = sampleAdmission(1, revision_);
    both.once = OnceKey{"event", "k", at(1000)};
    both.runs[0].once = OnceKey{"run:process-registration", "k", at(1000)};
    Admission other = sampleAdmission(2, revision_);
    other.runs[0].once = OnceKey{"run:another", "k", at(1000)};
    for (const auto& admitted : durable({both, other}))
        CPPUNIT_ASSERT(!admitted.duplicateOf && !admitted.runs.at(0).duplicate);
}

void StoreContract::testExpiredKeyIsFree() {
    const auto admit = [this](std::int64_t id, std::int64_t expires) {
        Admission admission = sampleAdmission(id, revision_);  // received at second `id`
        admission.once = OnceKey{"event", "k", at(expires)};
        admission.runs[0].once = OnceKey{"run:p", "k", at(expires)};
        return durable({admission}).at(0);
    };
    CPPUNIT_ASSERT(!admit(1, 5).duplicateOf);
    CPPUNIT_ASSERT(admit(4, 100).duplicateOf == EventId{1});
    const auto fresh = admit(5, 100);
    CPPUNIT_ASSERT(!fresh.duplicateOf && !fresh.runs.at(0).duplicate);
    CPPUNIT_ASSERT_MESSAGE("the newcomer holds it now", admit(6, 100).duplicateOf == EventId{5});
}

void StoreContract::testUndoneBatchLeavesItsKeyFree() {
    Admission admission = sampleAdmission(1, revision_);
    admission.once = OnceKey{"event", "k", at(1000)};
    CPPUNIT_ASSERT(commit({admission, Admission{sampleEvent(1), {}, {}}}).status == CommitStatus::Failed);
    CPPUNIT_ASSERT(!durable({admission}).at(0).duplicateOf);
}

}  // namespace stepd::test
