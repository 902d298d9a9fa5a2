// Keys that may be taken once, and what is looked up before the engine decides.
#include "contract/store_contract.h"
#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

void StoreContract::testTakenKeyIsABrokenGuard() {
    Admission first = sampleAdmission(1, revision_);
    first.once = OnceKey{"event:a", "order-1", at(1000)};
    first.runs[0].once = OnceKey{"run:p", "example.org", at(1000)};
    durable({first});
    Admission sameEvent = sampleAdmission(2, revision_);
    sameEvent.once = first.once;
    refused({sameEvent}, {"event:a", "order-1"});
    Admission sameRun = sampleAdmission(2, revision_);
    sameRun.runs[0].once = first.runs[0].once;
    refused({sameRun}, {"run:p", "example.org"});
    refused({RunAdmission{{sampleRun(2, 1, revision_), first.runs[0].once, {}, {}}}}, {"run:p"});
    CPPUNIT_ASSERT(!bench_->readers().findEvent({2}) && !bench_->readers().findRun({2}));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, holderOf("event:a", "order-1", 2));
}

void StoreContract::testKeysAreSeparateByScope() {
    Admission both = sampleAdmission(1, revision_);
    both.once = OnceKey{"event:a", "k", at(1000)};
    both.runs[0].once = OnceKey{"run:p", "k", at(1000)};
    Admission other = sampleAdmission(2, revision_);
    other.once = OnceKey{"event:b", "k", at(1000)};
    other.runs[0].once = OnceKey{"run:q", "k", at(1000)};
    durable({both, other});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, holderOf("event:a", "k", 3));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, holderOf("event:b", "k", 3));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, holderOf("run:p", "k", 3));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, holderOf("run:r", "k", 3));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, holderOf("event:a", "K", 3));
}

void StoreContract::testExpiredKeyIsFree() {
    const auto admission = [this](std::int64_t id, std::int64_t expires) {
        Admission fresh = sampleAdmission(id, revision_);  // received at second `id`
        fresh.once = OnceKey{"event:a", "k", at(expires)};
        fresh.runs[0].once = OnceKey{"run:p", "k", at(expires)};
        return fresh;
    };
    durable({admission(1, 5)});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, holderOf("event:a", "k", 4));
    refused({admission(4, 100)});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, holderOf("event:a", "k", 5));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, holderOf("run:p", "k", 5));
    durable({admission(5, 100)});
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the newcomer holds it now", std::int64_t{5}, holderOf("event:a", "k", 6));
    refused({admission(6, 100)});
}

void StoreContract::testUndoneBatchLeavesItsKeyFree() {
    Admission admission = sampleAdmission(1, revision_);
    admission.once = OnceKey{"event:a", "k", at(1000)};
    refused({admission, Admission{sampleEvent(1), {}, {}}});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, holderOf("event:a", "k", 2));
    durable({admission});
}

void StoreContract::testLookupNamesTheHolders() {
    Admission first = sampleAdmission(1, revision_);
    first.once = OnceKey{"event:a", "order-1", at(1000)};
    first.runs[0].once = OnceKey{"run:p", "example.org", at(1000)};
    first.runs.push_back({sampleRun(2, 1, revision_), {}, {}, {}});
    first.runs[1].run.pipeline = "another";
    first.runs[1].run.createdAt = at(3);
    durable({first, sampleAdmission(5, revision_)});

    const auto found = lookup(
        {.now = at(9), .once = {{"run:p", "example.org"}, {"event:a", "none"}, {"event:a", "order-1"}}, .cache = {}});
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, found.once.size());
    CPPUNIT_ASSERT(found.cached.empty());
    const auto& run = found.once[0];
    CPPUNIT_ASSERT(run && run->id == 1 && run->createdAt == at(1) && run->runs.size() == 1);
    CPPUNIT_ASSERT(run->runs[0].run == RunId{1} && run->runs[0].createdAt == at(1));
    CPPUNIT_ASSERT_EQUAL(std::string("process-registration"), run->runs[0].pipeline);
    CPPUNIT_ASSERT(!found.once[1]);
    const auto& event = found.once[2];
    CPPUNIT_ASSERT(event && event->id == 1 && event->createdAt == at(1) && event->runs.size() == 2);
    CPPUNIT_ASSERT(event->runs[0].run == RunId{1} && event->runs[1].run == RunId{2});
    CPPUNIT_ASSERT(event->runs[1].createdAt == at(3));
    CPPUNIT_ASSERT_EQUAL(std::string("another"), event->runs[1].pipeline);
}

void StoreContract::testLookupFindsTheRunOfABatchedEvent() {
    Admission batch = sampleAdmission(1, revision_);
    batch.runs[0].run.parked = true;
    const Admission second{sampleEvent(2), OnceKey{"event:a", "k", at(1000)}, {}};
    durable({batch, second, Collect{{1}, {2}, false, at(60)}});
    const auto holder = lookup({.now = at(3), .once = {{"event:a", "k"}}, .cache = {}}).once.at(0);
    CPPUNIT_ASSERT(holder && holder->id == 2 && holder->createdAt == at(2) && holder->runs.size() == 1);
    CPPUNIT_ASSERT(holder->runs[0].run == RunId{1});
}

void StoreContract::testLookupFindsCachedResults() {
    const auto cached = [this](std::int64_t second) {
        return lookup({.now = at(second), .once = {}, .cache = {{"p/fetch", "k"}, {"p/save", "k"}, {"p/fetch", "j"}}})
            .cached;
    };
    CPPUNIT_ASSERT((cached(1) == std::vector<std::optional<std::string>>(3)));
    durable({CacheChange{"p/fetch", "k", "[1]", at(10)}, CacheChange{"p/fetch", "j", "[2]", at(20)}});
    CPPUNIT_ASSERT((cached(9) == std::vector<std::optional<std::string>>{"[1]", {}, "[2]"}));
    CPPUNIT_ASSERT((cached(10) == std::vector<std::optional<std::string>>{{}, {}, "[2]"}));
    durable({CacheChange{"p/fetch", "k", "[3]", at(30)}});
    CPPUNIT_ASSERT((cached(10) == std::vector<std::optional<std::string>>{"[3]", {}, "[2]"}));
}

}  // namespace stepd::test
