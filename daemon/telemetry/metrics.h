#pragma once

#include <map>
#include <memory>
#include <string>

namespace stepd {

/// The numbers that Prometheus scrapes. Owns them all; what `counter` and the like return lives as long as this does.
/// Registering is thread-safe and slow: do it once, at start or for a small known set of labels, never with outside
/// text as a label. Adding is thread-safe and lock-free.
class Metrics {
public:
    using Labels = std::map<std::string, std::string>;

    class Counter {
    public:
        virtual ~Counter() = default;
        virtual void add(double value = 1) = 0;
    };
    class Gauge {
    public:
        virtual ~Gauge() = default;
        virtual void set(double value) = 0;
    };
    /// Seconds, with buckets from 1 ms to 5 min.
    class Histogram {
    public:
        virtual ~Histogram() = default;
        virtual void observe(double seconds) = 0;
    };

    Metrics();
    ~Metrics();

    /// The same name and labels give the same counter.
    Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {});

    /// Prometheus text format 0.0.4.
    std::string text() const;

private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace stepd
