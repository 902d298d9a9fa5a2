#include "torture/client.h"

#include <algorithm>

namespace stepd::torture {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

json eventJson(const JobEvent& event) {
    return {{"name", event.name}, {"id", event.id}, {"data", json::parse(event.data)}};
}

}  // namespace

Client::Client(Load& load, std::uint64_t seed) : load_(load), random_(seed) {}

void Client::run() {
    while (!load_.abandoned_) {
        sendAnswers();
        if (load_.finishing_ && answers_.empty()) return;
        if (load_.finishing_) continue;
        if (load_.held_ || Clock::now() < turn_)
            pause(2ms);
        else
            askForJobs();
    }
}

void Client::askForJobs() {
    const auto count = static_cast<std::int64_t>(1 + upTo(6));
    const std::int64_t first = load_.nextJob_.fetch_add(count);
    turn_ = std::max(turn_, Clock::now() - 100ms) +
            std::chrono::duration_cast<Clock::duration>(
                std::chrono::duration<double>(static_cast<double>(count) * load_.options_.clients / load_.rate_));
    std::vector<JobEvent> events;
    for (std::int64_t job = first; job < first + count; ++job) {
        if (kindOf(job) == JobKind::Routed)
            sendRouted(job);
        else if (kindOf(job) == JobKind::Once)
            sendOnce(job);
        else
            events.push_back(askingEvent(job));
    }
    if (events.empty()) return;
    sendEvents(events);
    for (std::int64_t job = first; job < first + count; ++job)
        if (auto answer = answeringEvent(job))
            answers_.emplace_back(Clock::now() + std::chrono::milliseconds(upTo(400)), std::move(*answer));
}

void Client::sendAnswers() {
    std::vector<JobEvent> due;
    const auto now = Clock::now();
    for (auto at = answers_.begin(); at != answers_.end();) {
        const bool send = load_.finishing_ || at->first <= now;
        if (send) due.push_back(std::move(at->second));
        at = send ? answers_.erase(at) : std::next(at);
    }
    if (!due.empty()) sendEvents(due);
}

void Client::sendEvents(const std::vector<JobEvent>& events) {
    json body = json::array();
    for (const JobEvent& event : events) body.push_back(eventJson(event));
    const Request request{.path = "/e/" + load_.options_.eventKey, .body = body.dump(), .events = events.size()};
    const json answer = deliver(request);
    if (answer.is_null()) return;
    const json& ids = answer.at("ids");
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto ref = parseEventId(ids.at(i).get<std::string>());
        promised({.event = events[i].name, .externalId = events[i].id, .id = ref ? ref->id : EventId{}});
    }
}

/// The answer is the run's result, or, where that takes too long, the promise of it.
void Client::sendRouted(std::int64_t job) {
    const JobEvent event = askingEvent(job);
    const Request request{.path = "/routed", .body = event.data, .idempotencyKey = event.id};
    const json answer = deliver(request);
    if (answer.is_null()) return;
    promised({.event = event.name, .externalId = event.id, .id = {}});
    if (!answer.contains("run_ids") && answer != json::parse(expectedRuns(job).front().output))
        wrong(request, {200, answer.dump()}, "not the result of the run");
}

void Client::sendOnce(std::int64_t job) {
    const std::string first = sendToRoute("/once", askingEvent(job));
    const std::string other = sendToRoute("/once", otherEvent(job));
    if (!first.empty() && !other.empty() && first != other)
        wrong({.path = "/once", .body = std::to_string(job)}, {}, "one key is two runs: " + first + " and " + other);
}

/// The id of its run; empty if the load was abandoned.
std::string Client::sendToRoute(const std::string& path, const JobEvent& event) {
    const Request request{.path = path, .body = event.data, .idempotencyKey = event.id};
    const json answer = deliver(request);
    if (answer.is_null()) return {};
    const auto ref = parseEventId(answer.at("event_id").get<std::string>());
    promised({.event = event.name, .externalId = event.id, .id = ref ? ref->id : EventId{}});
    return answer.at("run_ids").at(0).get<std::string>();
}

/// Until it is acknowledged; now and then once more after that, which must change nothing. Null if the load was
/// abandoned, or the answer makes no sense.
json Client::deliver(const Request& request) {
    const Answer answer = insist(request);
    if (answer.status == 0) return {};
    const json first = json::parse(answer.body, nullptr, false);
    const auto has = [&](const char* list, std::size_t count) {
        return !first.contains(list) || (first[list].is_array() && first[list].size() == count);
    };
    if (!first.is_object() || !has("ids", request.events) || !has("run_ids", 1)) {
        wrong(request, answer, "not an answer to it");
        return {};
    }
    load_.acknowledged_ += static_cast<std::int64_t>(request.events);
    if (upTo(32) != 0 || !first.contains("ids")) return first;
    const Answer again = insist(request);
    const json second = json::parse(again.body, nullptr, false);
    if (again.status != 0 && (!second.is_object() || second.value("ids", json()) != first["ids"]))
        wrong(request, again, "the same events were acknowledged as " + first.dump() + " before");
    return first;
}

/// An answer 2xx. Status 0 if the load was abandoned.
Answer Client::insist(const Request& request) {
    std::vector<std::string> headers;
    if (!request.idempotencyKey.empty()) headers.push_back("Idempotency-Key: " + request.idempotencyKey);
    while (!load_.abandoned_) {
        const std::uint16_t port = load_.port_;
        if (port == 0) {
            pause(2ms);
            continue;
        }
        Answer answer = connection_.post(port, request.path, request.body, headers);
        if (answer.status >= 200 && answer.status < 300) return answer;
        if (answer.status == 429 || answer.status == 503) {
            ++load_.refused_;
            pause(20ms);
        } else if (answer.status == 0) {
            ++load_.retries_;
            pause(2ms);
        } else {
            wrong(request, answer, "refused");
            return {};
        }
    }
    return {};
}

void Client::promised(Promise promise) {
    const MutexLock lock(load_.mutex_);
    load_.promises_.push_back(std::move(promise));
}

void Client::wrong(const Request& request, const Answer& answer, const std::string& why) {
    const MutexLock lock(load_.mutex_);
    load_.findings_.push_back("POST " + request.path + " " + request.body + " was answered " +
                              std::to_string(answer.status) + " " + answer.body + ": " + why);
}

void Client::pause(std::chrono::milliseconds time) const {
    std::this_thread::sleep_for(time);
}

}  // namespace stepd::torture
