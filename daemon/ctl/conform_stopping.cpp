#include <algorithm>
#include <chrono>

#include "ctl/conform_checks.h"

namespace stepd::ctl {
namespace {

constexpr int kCalls = 20;

}  // namespace

ConformCheck checkDeadline(Subject& subject) {
    Series series(subject, "a deadline of 1 ns");
    for (int i = 0; i < kCalls && series.goesOn(); ++i) {
        subject.http().set(ChanceHttp::Mood::Mixed, static_cast<std::uint64_t>(i));
        host::StepCall call = subject.call(subject.inputs().valid().dump());
        call.timeout = Duration(1);
        const std::string input = call.input;
        series.take(subject.probe().await(subject.probe().begin(std::move(call))), input);
    }
    return series.done();
}

ConformCheck checkCancel(Subject& subject) {
    Series series(subject, "cancel at any moment");
    Duration slowest{};
    for (int i = 0; i < kCalls && series.goesOn(); ++i) {
        // Every other time while a request hangs, if the step makes any; else whenever it happens to be.
        const bool hanging = i % 2 == 0;
        subject.http().set(hanging ? ChanceHttp::Mood::Hanging : ChanceHttp::Mood::Mixed,
                           static_cast<std::uint64_t>(i));
        host::StepCall call = subject.call(subject.inputs().valid().dump());
        call.timeout = 30s;
        const std::string input = call.input;
        const auto id = subject.probe().begin(std::move(call));
        subject.http().awaitRequest(hanging ? Duration(50ms) : Duration(subject.random().next() % 5'000'000));
        const auto told = std::chrono::steady_clock::now();
        subject.probe().cancel(id, host::CancelReason::User);
        const StepResult result = subject.probe().await(id);
        slowest = std::max<Duration>(slowest, std::chrono::steady_clock::now() - told);
        series.take(result, input);
    }
    return series.done("it stopped within " + std::to_string(slowest / 1ms) + " ms");
}

}  // namespace stepd::ctl
