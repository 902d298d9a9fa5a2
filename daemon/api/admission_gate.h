#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <string>

#include "api/admission.h"
#include "base/clock.h"
#include "http/request.h"
#include "http/response.h"
#include "telemetry/metrics.h"

namespace stepd::api {

/// How many events a key may send: one each `interval`, and so many at once that they would last for `ahead`.
struct KeyRate {
    Duration interval{};
    Duration ahead{};
};

/// Lets events in or turns them away, before their body is read (hardening R27): 429 for a key that is over its rate,
/// 503 or 507 when the daemon has no room, always with `Retry-After` and a document that says which limit it was and
/// where to change it. Says in the log when that begins and when it is over, not for each request.
class AdmissionGate {
public:
    struct Parts {
        std::function<LoadStats()> load;  ///< for each request
        const Clock& clock;
        Metrics& metrics;
    };
    AdmissionGate(AdmissionLimits limits, std::map<std::string, KeyRate> keys, const Parts& parts);

    /// For ServerOptions::admit. The reactor thread only, as is `brought`.
    std::optional<http::Response> admit(const http::Request& request);
    /// The request that was just admitted brought so many events: a key pays for each of them.
    void brought(const http::Request& request, std::size_t events);

    /// What stands against events now, but for limits of keys. Thread-safe.
    std::optional<Shed> closed() const { return judge(limits_, load()); }
    LoadStats load() const { return parts_.load(); }
    const AdmissionLimits& limits() const { return limits_; }
    /// Notices that nothing has been refused for a while. Thread-safe; called now and then.
    void settle();

private:
    /// A time in which events are refused.
    struct Episode {
        std::atomic<bool> open = false;
        std::atomic<Instant> last{};
        std::atomic<std::uint64_t> refused = 0;
    };
    struct Key {
        KeyRate rate;
        Instant paidUntil{};
        Episode episode = {};
    };
    std::optional<Shed> judgeKey(const std::string& name, Key& key, Instant now);
    http::Response refuse(const http::Request& request, const Shed& shed, Episode& episode, Instant now);
    static void settle(Episode& episode, Instant now, std::string_view key);

    const AdmissionLimits limits_;
    const Parts parts_;
    std::map<std::string, Key, std::less<>> keys_;  // as many as there were at the start
    Episode episode_;
    std::array<Metrics::Counter*, kShedReasons> counters_{};
};

}  // namespace stepd::api
