#include "api/admission_gate.h"

#include <algorithm>

#include "api/events.h"
#include "json/writer.h"
#include "telemetry/log.h"

namespace stepd::api {
namespace {

using http::Response;
using http::Status;

/// Refusals closer together than this are one story for the log.
constexpr Duration kCalm = 5s;
constexpr auto kRelaxed = std::memory_order_relaxed;

Status statusOf(ShedReason reason) {
    if (reason == ShedReason::Key) return Status::TooManyRequests;
    return reason == ShedReason::Disk ? Status::InsufficientStorage : Status::ServiceUnavailable;
}

Response answer(const http::Request& request, const Shed& shed) {
    const Status status = statusOf(shed.reason);
    if (request.route == kInngestIngest) {
        json::Writer out;
        out.beginObject().key("ids").beginArray().endArray().key("status").number(static_cast<int>(status));
        return http::json(status, out.field("error", shed.sentence).endObject().take());
    }
    return http::problem(
        {.status = status,
         .detail = shed.sentence,
         .members = {{"reason", jsonString(toString(shed.reason))}, {"setting", jsonString(shed.setting)}}});
}

}  // namespace

AdmissionGate::AdmissionGate(AdmissionLimits limits, std::map<std::string, KeyRate> keys, const Parts& parts)
    : limits_(limits), parts_(parts) {
    for (auto& [name, rate] : keys) keys_[name].rate = rate;
    for (std::size_t i = 0; i < kShedReasons; ++i)
        counters_[i] = &parts_.metrics.counter("stepd_shed_total", "Requests with events that were refused.",
                                               {{"reason", toString(static_cast<ShedReason>(i))}});
}

std::optional<Response> AdmissionGate::admit(const http::Request& request) {
    if (const auto shed = judge(limits_, parts_.load()))
        return refuse(request, *shed, episode_, parts_.clock.instant());
    const auto key = keys_.find(request.principal);
    if (key == keys_.end()) return std::nullopt;
    const Instant now = parts_.clock.instant();
    if (const auto shed = judgeKey(key->first, key->second, now))
        return refuse(request, *shed, key->second.episode, now);
    settle(key->second.episode, now, key->first);
    return std::nullopt;
}

/// The generic cell rate algorithm (ITU-T I.371), in monotonic time.
std::optional<Shed> AdmissionGate::judgeKey(const std::string& name, Key& key, Instant now) {
    const Duration ahead = key.paidUntil - now;
    if (ahead > key.rate.ahead)
        return Shed{ShedReason::Key, "The event key " + name + " is over its rate.", "event_keys[" + name + "].rate",
                    std::min<Duration>(ahead - key.rate.ahead, 1min)};
    key.paidUntil = std::max(key.paidUntil, now) + key.rate.interval;
    return std::nullopt;
}

void AdmissionGate::brought(const http::Request& request, std::size_t events) {
    const auto key = events > 1 ? keys_.find(request.principal) : keys_.end();
    if (key == keys_.end()) return;
    key->second.paidUntil += key->second.rate.interval * static_cast<std::int64_t>(events - 1);
}

Response AdmissionGate::refuse(const http::Request& request, const Shed& shed, Episode& episode, Instant now) {
    counters_[static_cast<std::size_t>(shed.reason)]->add();
    episode.last.store(now, kRelaxed);
    episode.refused.fetch_add(1, kRelaxed);
    if (!episode.open.exchange(true, kRelaxed))
        log::warning("events are refused",
                     {{"reason", toString(shed.reason)}, {"why", shed.sentence}, {"setting", shed.setting}});
    return answer(request, shed).retryAfter(shed.retryAfter);
}

void AdmissionGate::settle() {
    settle(episode_, parts_.clock.instant(), {});
}

void AdmissionGate::settle(Episode& episode, Instant now, std::string_view key) {
    if (!episode.open.load(kRelaxed) || now - episode.last.load(kRelaxed) < kCalm) return;
    if (!episode.open.exchange(false, kRelaxed)) return;
    log::info("events are taken in again", {{"key", key}, {"refused", episode.refused.exchange(0, kRelaxed)}});
}

}  // namespace stepd::api
