#include "config/section_reader.h"

namespace stepd::config {
namespace {

constexpr std::size_t kMost = 1'000'000;

}  // namespace

RateConfig readRate(yaml::Reader& fields) {
    std::size_t limit = 1;
    std::size_t burst = 0;
    RateConfig rate;
    fields.require({"limit", "period"});
    fields.read("limit", limit, {1, kMost});
    fields.read("burst", burst, {0, kMost});
    rate.limit = static_cast<std::uint32_t>(limit);
    rate.burst = static_cast<std::uint32_t>(burst);
    // A moment in the store is a whole number of microseconds.
    if (fields.read("period", rate.period, {1ms, 24h * 31}) && rate.period / rate.limit < 1us)
        fields.error("period", "this is more than one each microsecond", "make the period longer");
    fields.finish();
    return rate;
}

LimiterConfig readLimiter(yaml::Reader& fields) {
    LimiterConfig limiter;
    std::size_t concurrency = 0;
    if (fields.read("concurrency", concurrency, {1, kMost}))
        limiter.concurrency = static_cast<std::uint32_t>(concurrency);
    if (const yaml::Node* node = fields.mapping("rate")) {
        yaml::Reader rate(*node, fields.path("rate"), fields.report());
        limiter.rate = readRate(rate);
    }
    if (fields.node().kind == yaml::Kind::Mapping && !fields.has("concurrency") && !fields.has("rate"))
        fields.report().error(fields.node(), fields.path(), "this limiter limits nothing",
                              "write `concurrency`, `rate` or both");
    fields.finish();
    return limiter;
}

}  // namespace stepd::config
