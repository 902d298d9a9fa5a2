#include <algorithm>
#include <chrono>

#include "ctl/conform_checks.h"
#include "ctl/process_use.h"

namespace stepd::ctl {
namespace {

constexpr std::uint64_t kAtOnce = 16;
constexpr std::uint64_t kBytesPerCall = 256;  // below it, noise of the allocator looks the same
constexpr auto kLongest = 60s;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryTells = false;  // what is freed is kept for a while
#else
constexpr bool kMemoryTells = true;
#endif

/// Makes calls until `calls` have been made; fewer if it takes too long.
std::uint64_t callMany(Subject& subject, Series& series, const std::vector<std::string>& inputs, std::uint64_t calls,
                       std::chrono::steady_clock::time_point end) {
    std::uint64_t made = 0;
    while (made < calls && series.goesOn() && std::chrono::steady_clock::now() < end) {
        std::vector<std::pair<host::CallId, std::size_t>> running;
        for (std::uint64_t i = 0; i < kAtOnce && made + i < calls; ++i) {
            const std::size_t input = (made + i) % inputs.size();
            running.emplace_back(subject.probe().begin(subject.call(inputs[input])), input);
        }
        for (const auto& [call, input] : running) series.take(subject.probe().await(call), inputs[input]);
        made += running.size();
    }
    return made;
}

struct Growth {
    std::uint64_t calls = 0;
    std::int64_t bytes = 0, descriptors = 0, threads = 0;
};

Growth between(const ProcessUse& before, const ProcessUse& after, std::uint64_t calls) {
    const auto less = [](std::uint64_t a, std::uint64_t b) {
        return static_cast<std::int64_t>(b) - static_cast<std::int64_t>(a);
    };
    return {calls, less(before.residentBytes, after.residentBytes), less(before.descriptors, after.descriptors),
            less(before.threads, after.threads)};
}

/// It grew in both halves, so it goes on growing.
void judge(Series& series, const Growth& first, const Growth& second) {
    const auto each = [](std::int64_t growth, std::uint64_t calls) {
        return calls == 0 ? 0 : growth / static_cast<std::int64_t>(calls);
    };
    const auto most = static_cast<std::int64_t>(kBytesPerCall);
    if (kMemoryTells && each(first.bytes, first.calls) >= most && each(second.bytes, second.calls) >= most)
        series.fail(
            "its worker grew by " + std::to_string(each(second.bytes, second.calls)) + " bytes a call and went on", {});
    if (first.descriptors + second.descriptors >= 10)
        series.fail("its worker holds " + std::to_string(first.descriptors + second.descriptors) +
                        " descriptors more than before",
                    {});
    if (first.threads + second.threads >= 2)
        series.fail("its worker has " + std::to_string(first.threads + second.threads) + " threads more than before",
                    {});
}

}  // namespace

ConformCheck checkLeaks(Subject& subject) {
    Series series(subject, "leaks");
    subject.http().set(ChanceHttp::Mood::Kind, 0);
    std::vector<std::string> inputs;
    for (int i = 0; i < 8; ++i) inputs.push_back(subject.inputs().valid().dump());
    const auto end = std::chrono::steady_clock::now() + kLongest;
    const std::uint64_t all = subject.options().leakCalls;
    const auto pid = workerChild();
    callMany(subject, series, inputs, all / 5, end);  // until its pools and caches are full
    const auto warm = pid ? useOf(*pid) : std::nullopt;
    const std::uint64_t firstCalls = callMany(subject, series, inputs, all * 2 / 5, end);
    const auto middle = pid ? useOf(*pid) : std::nullopt;
    const std::uint64_t secondCalls = callMany(subject, series, inputs, all * 2 / 5, end);
    const auto last = pid ? useOf(*pid) : std::nullopt;
    if (!series.goesOn() && firstCalls + secondCalls == 0) return series.done();
    if (!warm || !middle || !last) {
        ConformCheck check = series.done();
        return check.verdict == Verdict::Failed ? check : skipped(std::move(check), "its worker cannot be observed");
    }
    judge(series, between(*warm, *middle, firstCalls), between(*middle, *last, secondCalls));
    return series.done((kMemoryTells ? "its worker holds " + std::to_string(last->residentBytes >> 10) + " KiB"
                                     : "memory was not judged: under a sanitizer it says nothing"));
}

}  // namespace stepd::ctl
