#include "linkedin_collector/provider_call.h"

#include <algorithm>
#include <cmath>

#include "linkedin_collector/wait_hint.h"
#include "url/percent.h"

namespace stepd::linkedin {
namespace {

using namespace std::chrono_literals;
using kit::WallTime;

constexpr int kUpstreamTries = 3;
constexpr int kMalformedTries = 2;
constexpr Duration kLongestWait = 60s;
constexpr Duration kFirstWait = 1s;
constexpr Duration kDefaultPoll = 10s;
constexpr Duration kShortestExchange = 1s;
constexpr Duration kAuthDisabled = 15min;
constexpr Duration kQuotaDisabled = 60min;

Duration scaled(Duration duration, double factor) {
    return Duration(static_cast<std::int64_t>(static_cast<double>(duration.count()) * factor));
}

WallTime plus(WallTime time, Duration duration) {
    return time + std::chrono::duration_cast<WallTime::duration>(duration);
}

/// What the server sends back must not carry our key into results.
std::string withoutSecrets(std::string body, const TemplateValues& values) {
    for (const auto& [name, value] : values) {
        if (!name.starts_with("secret.") || value.size() < 6) continue;
        for (std::size_t at = body.find(value); at != std::string::npos; at = body.find(value, at + 3))
            body.replace(at, value.size(), "***");
    }
    return body;
}

/// Holds a slot of the provider for one exchange.
class Slot {
public:
    explicit Slot(ProviderState& state) : state_(state) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() { state_.leave(); }

private:
    ProviderState& state_;
};

}  // namespace

Ending ProviderCall::run() {
    const auto asked = request();
    if (!asked) return {OutcomeClass::ConfigError, {}, {}};
    Tries tries;
    while (true) {
        if (const auto closed = state_.closed(world_.now())) {
            note(closed->reason == OutcomeClass::Upstream ? "circuit_open" : "disabled", 0, Duration(0));
            return {closed->reason, {}, closed->opensIn};
        }
        if (auto ending = waitForTurn()) return *ending;
        const Exchange done = exchange(*asked);
        if (auto ending = decide(done, tries)) return *ending;
    }
}

std::optional<HttpRequest> ProviderCall::request() const {
    const RequestShape& shape = operation_.request;
    HttpRequest out{.url = shape.url.render(values_, Escaping::Percent), .method = shape.method};
    char separator = out.url.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [key, value] : shape.query) {
        const std::string text = value.render(values_, Escaping::None);
        if (text.empty()) continue;
        out.url += separator + url::percentEncode(key) + "=" + url::percentEncode(text);
        separator = '&';
    }
    for (const auto& [name, value] : shape.headers) {
        std::string text = value.render(values_, Escaping::None);
        if (text.find_first_of(std::string("\r\n\0", 3)) != std::string::npos) return {};
        if (!text.empty()) out.options.headers.emplace_back(name, std::move(text));
    }
    if (shape.body) {
        out.body = shape.body->render(values_, Escaping::JsonString);
        out.options.headers.emplace_back("Content-Type", "application/json");
    }
    out.options.maxRedirects = 0;  // a redirect would carry the key elsewhere
    out.options.maxBodyBytes = settings_.maxResponseBytes;
    return out;
}

std::optional<Ending> ProviderCall::waitForTurn() {
    while (true) {
        if (world_.cancelled()) return Ending{OutcomeClass::Cancelled, {}, {}};
        if (budget_.left() < kShortestExchange) return Ending{OutcomeClass::Upstream, {}, {}, true};
        const auto delay = state_.enter(world_.now(), provider_.maxConcurrency, provider_.minInterval);
        if (!delay) return {};
        if (*delay > kLongestWait || !canWait(*delay)) return Ending{OutcomeClass::RateLimited, {}, delay};
        if (auto stopped = wait(*delay)) return stopped;
    }
}

ProviderCall::Exchange ProviderCall::exchange(HttpRequest asked) {
    const Slot slot(state_);
    asked.options.timeout = std::min(provider_.timeout, budget_.left());
    const HttpReply reply = world_.fetch(asked);
    const Json body = Json::parse(withoutSecrets(reply.body, values_), nullptr, false);
    Exchange done{understand(reply, body, operation_.outcomes, operation_.response), waitHint(reply, world_.now()),
                  askedWait(reply, world_.now())};
    const OutcomeClass outcome = done.understood.outcome;
    note(toString(outcome), reply.status, reply.elapsed);
    state_.record(outcome, world_.now());
    if (outcome == OutcomeClass::Ok && nothingRemains(reply) && done.hint)
        state_.holdUntil(plus(world_.now(), *done.hint));
    return done;
}

std::optional<Ending> ProviderCall::decide(const Exchange& done, Tries& tries) {
    switch (done.understood.outcome) {
        case OutcomeClass::Ok: return Ending{OutcomeClass::Ok, done.understood.root, {}};
        case OutcomeClass::NotReady: return afterNotReady(done, tries);
        case OutcomeClass::RateLimited: return afterRateLimit(done, tries);
        case OutcomeClass::Upstream: return afterUpstream(tries);
        case OutcomeClass::Malformed:
            if (++tries.malformed < kMalformedTries) return {};
            return Ending{OutcomeClass::Malformed, {}, {}};
        case OutcomeClass::Auth:
            state_.disable(OutcomeClass::Auth, plus(world_.now(), kAuthDisabled));
            return Ending{OutcomeClass::Auth, {}, {}};
        case OutcomeClass::Quota: return afterQuota(done);
        default: return Ending{done.understood.outcome, {}, {}};
    }
}

std::optional<Ending> ProviderCall::afterNotReady(const Exchange& done, Tries& tries) {
    const Duration base =
        scaled(done.understood.delay.value_or(kDefaultPoll), std::pow(1.5, std::min(tries.polls, 20)));
    const Duration delay = std::max({std::min(base, std::max(kLongestWait, done.understood.delay.value_or(0s))),
                                     done.hint.value_or(0s), kFirstWait});
    if (!operation_.poll || tries.polled + delay > operation_.pollMaxWait || !canWait(delay))
        return Ending{OutcomeClass::NotReady, {}, delay};
    ++tries.polls;
    tries.polled += delay;
    return wait(delay);
}

std::optional<Ending> ProviderCall::afterRateLimit(const Exchange& done, Tries& tries) {
    const Duration guess =
        std::min<Duration>(kLongestWait, scaled(kFirstWait, std::pow(2.0, std::min(tries.limited, 6))));
    const Duration delay = done.hint.value_or(std::max(done.understood.delay.value_or(guess), kFirstWait));
    ++tries.limited;
    state_.holdUntil(plus(world_.now(), delay));
    if (delay > kLongestWait || !canWait(delay)) return Ending{OutcomeClass::RateLimited, {}, delay};
    return wait(delay);
}

std::optional<Ending> ProviderCall::afterUpstream(Tries& tries) {
    if (++tries.upstream >= kUpstreamTries) return Ending{OutcomeClass::Upstream, {}, {}};
    const Duration delay = scaled(kFirstWait, std::pow(2.0, tries.upstream - 1) * (0.75 + 0.5 * world_.random()));
    if (!canWait(delay)) return Ending{OutcomeClass::Upstream, {}, {}, true};
    return wait(delay);
}

std::optional<Ending> ProviderCall::afterQuota(const Exchange& done) {
    const Duration delay = done.untilReset.value_or(kQuotaDisabled);
    state_.disable(OutcomeClass::Quota, plus(world_.now(), delay));
    return Ending{OutcomeClass::Quota, {}, delay};
}

std::optional<Ending> ProviderCall::wait(Duration duration) {
    if (world_.wait(duration)) return Ending{OutcomeClass::Cancelled, {}, {}};
    return {};
}

void ProviderCall::note(std::string_view outcome, int status, Duration elapsed) {
    attempts_.push_back({{"provider", provider_.name},
                         {"outcome", outcome},
                         {"http_status", status == 0 ? Json() : Json(status)},
                         {"duration_ms", std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()}});
    world_.log(provider_.name + ": " + std::string(outcome) + (status == 0 ? "" : " (" + std::to_string(status) + ")"));
}

}  // namespace stepd::linkedin
