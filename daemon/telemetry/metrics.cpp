#include "telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/mutex.h"

namespace stepd {
namespace {

class PrometheusCounter final : public Metrics::Counter {
public:
    explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
    void add(double value) override { counter_.Increment(value); }

private:
    prometheus::Counter& counter_;
};

class PrometheusGauge final : public Metrics::Gauge {
public:
    explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
    void set(double value) override { gauge_.Set(value); }

private:
    prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Metrics::Histogram {
public:
    explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
    void observe(double seconds) override { histogram_.Observe(seconds); }

private:
    prometheus::Histogram& histogram_;
};

const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 20, 60, 300};

}  // namespace

struct Metrics::Families {
    prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
    Mutex mutex;
    /// Our faces of the library's numbers, by its address: asking twice gives the same one.
    std::map<const void*, std::unique_ptr<Counter>> counters GUARDED_BY(mutex);
    std::map<const void*, std::unique_ptr<Gauge>> gauges GUARDED_BY(mutex);
    std::map<const void*, std::unique_ptr<Histogram>> histograms GUARDED_BY(mutex);
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

Metrics::Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
    auto& inner = prometheus::BuildCounter().Name(name).Help(help).Register(families_->registry).Add(labels);
    const MutexLock lock(families_->mutex);
    auto& face = families_->counters[&inner];
    if (!face) face = std::make_unique<PrometheusCounter>(inner);
    return *face;
}

Metrics::Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    auto& inner = prometheus::BuildGauge().Name(name).Help(help).Register(families_->registry).Add(labels);
    const MutexLock lock(families_->mutex);
    auto& face = families_->gauges[&inner];
    if (!face) face = std::make_unique<PrometheusGauge>(inner);
    return *face;
}

Metrics::Histogram& Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels) {
    auto& inner =
        prometheus::BuildHistogram().Name(name).Help(help).Register(families_->registry).Add(labels, kSeconds);
    const MutexLock lock(families_->mutex);
    auto& face = families_->histograms[&inner];
    if (!face) face = std::make_unique<PrometheusHistogram>(inner);
    return *face;
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace stepd
