#pragma once

#include <string>

#include "store/store.h"

namespace stepd::test {

/// Small rows for tests of the store; whatever a test cares about it sets itself.

inline Timestamp at(std::int64_t second) {
    return fromMicros(1'767'323'045'000'000 + second * 1'000'000);
}

inline Event sampleEvent(std::int64_t id) {
    Event event;
    event.id = {id};
    event.name = "registration.received";
    event.data = R"({"domain":"example.org"})";
    event.ts = event.receivedAt = at(id);
    return event;
}

inline Run sampleRun(std::int64_t id, std::int64_t event, RevisionId revision) {
    Run run;
    run.id = {id};
    run.event = {event};
    run.revision = revision;
    run.pipeline = "process-registration";
    run.createdAt = at(event);
    return run;
}

inline StepRecord sampleStep(std::int32_t number, StepState state = StepState::Pending) {
    StepRecord step;
    step.number = number;
    step.name = "step-" + std::to_string(number);
    step.kind = "plugin";
    step.state = state;
    return step;
}

inline AttemptRecord sampleAttempt(std::int32_t step, std::int32_t number, std::int64_t second = 0) {
    AttemptRecord attempt;
    attempt.step = step;
    attempt.number = number;
    attempt.startedAt = at(second);
    return attempt;
}

/// No two fields of it, nor of another `n`, are alike.
inline Receipt sampleReceipt(std::uint32_t n) {
    return {.cpu = std::chrono::microseconds(1000 + n),
            .peakRss = (20ULL + n) << 20,
            .bytesIn = 5'000'000'000ULL + n,
            .bytesOut = 300 + n,
            .hostCalls = 40 + n};
}

/// An event with one queued run of the same key, which has one pending step.
inline store::Admission sampleAdmission(std::int64_t id, RevisionId revision) {
    return {sampleEvent(id), {}, {{sampleRun(id, id, revision), {}, {sampleStep(0)}, {}}}};
}

}  // namespace stepd::test
