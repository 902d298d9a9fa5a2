#include "outbound/connector.h"

#include <curl/curl.h>

#include <algorithm>
#include <vector>

#include "base/named_thread.h"
#include "outbound/exchange.h"

namespace stepd::outbound {

struct Connector::Active {
    Active(FetchRequest request, Callback done, Instant now, const std::string& agent)
        : exchange(std::move(request), std::move(done), now, agent) {}
    Exchange exchange;
    enum class Stage { Queued, Resolving, Connected } stage = Stage::Queued;
};

Connector::Connector(const ConnectorOptions& options, const Guard& guard, Resolver& resolver, const Clock& clock)
    : options_(options), guard_(guard), resolver_(resolver), clock_(clock), politeness_(options.politeness) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
}

Connector::~Connector() {
    stop();
    active_.clear();
    curl_multi_cleanup(multi_);
}

void Connector::start() {
    thread_ = namedThread("outbound", [this] { loop(); });
}

void Connector::stop() {
    inbox_.close();
    curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
}

void Connector::fetch(FetchId id, FetchRequest request, Callback done) {
    request.maxBodyBytes = std::min(request.maxBodyBytes, options_.maxBodyBytes);
    request.timeout = std::min(request.timeout, options_.maxTimeout);
    if (!inbox_.post(Start{id, std::move(request), done})) {
        FetchResponse stopped;
        stopped.failure = FetchFailure::Cancelled;
        stopped.message = "the daemon is stopping";
        done(std::move(stopped));
    }
    curl_multi_wakeup(multi_);
}

void Connector::cancel(FetchId id) {
    post(Cancel{id});
}

void Connector::post(Message message) {
    inbox_.post(std::move(message));
    curl_multi_wakeup(multi_);
}

void Connector::loop() {
    while (!inbox_.closed()) {
        for (auto& message : inbox_.take()) handle(std::move(message));
        for (const auto id : politeness_.release(clock_.instant()))
            if (active_.contains(id)) resolve(id);
        int running = 0;
        curl_multi_perform(multi_, &running);
        collectEnded();
        curl_multi_poll(multi_, nullptr, 0, waitMillis(), nullptr);
    }
    for (auto& message : inbox_.take()) handle(std::move(message));
    while (!active_.empty()) fail(active_.begin()->first, FetchFailure::Cancelled, "the daemon is stopping");
}

int Connector::waitMillis() const {
    std::optional<Instant> next = politeness_.nextRelease();
    for (const auto& [id, active] : active_)
        if (active->stage != Active::Stage::Connected)
            next = next ? std::min(*next, active->exchange.deadline()) : active->exchange.deadline();
    if (!next) return 60'000;  // libcurl cuts it to its own next timeout; messages wake it
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - clock_.instant()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void Connector::handle(Message message) {
    if (auto* start = std::get_if<Start>(&message)) return begin(start->id, std::move(*start));
    if (const auto* cancel = std::get_if<Cancel>(&message))
        return fail(cancel->id, FetchFailure::Cancelled, "the step was cancelled");
    auto& answer = std::get<Answer>(message);
    const auto found = active_.find(answer.id);
    if (found == active_.end()) return;
    if (answer.resolved.failure != FetchFailure::None)
        return fail(answer.id, answer.resolved.failure, answer.resolved.message);
    if (answer.resolved.addresses.empty()) return fail(answer.id, FetchFailure::DnsNotFound, "the name has no address");
    if (const auto refusal = guard_.check(found->second->exchange.target(), answer.resolved.addresses))
        return fail(answer.id, refusal->failure, refusal->message);
    connect(answer.id, answer.resolved.addresses);
}

void Connector::begin(FetchId id, Start start) {
    const auto hasControl = [](const std::string& text) {
        return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
    };
    bool bad = start.request.method.empty() || hasControl(start.request.method);
    for (const auto& [name, value] : start.request.headers)
        bad = bad || name.empty() || hasControl(name) || hasControl(value);
    active_[id] =
        std::make_unique<Active>(std::move(start.request), std::move(start.done), clock_.instant(), options_.userAgent);
    if (bad) return fail(id, FetchFailure::InvalidUrl, "a method or header has a line break or no name");
    enterHop(id);
}

void Connector::enterHop(FetchId id) {
    Active& active = *active_.at(id);
    const auto target = guard_.check(active.exchange.nextUrl());
    if (!target) return fail(id, target.error().failure, target.error().message);
    if (const auto refusal = active.exchange.refusal(*target)) return fail(id, FetchFailure::HostNotGranted, *refusal);
    active.exchange.aim(*target);
    active.stage = Active::Stage::Queued;
    politeness_.enqueue(target->host, id);
}

void Connector::resolve(FetchId id) {
    Active& active = *active_.at(id);
    active.stage = Active::Stage::Resolving;
    const Target& target = active.exchange.target();
    if (const auto redirected = guard_.overrideOf(target)) return connect(id, {redirected->first});
    if (target.literal) return connect(id, {*target.literal});
    resolver_.resolve(target.host, [this, id](Resolved resolved) { post(Answer{id, std::move(resolved)}); });
}

void Connector::connect(FetchId id, const std::vector<Address>& addresses) {
    Active& active = *active_.at(id);
    active.stage = Active::Stage::Connected;
    curl_multi_add_handle(multi_, active.exchange.prepare(guard_, addresses, clock_.instant()));
}

void Connector::collectEnded() {
    int left = 0;
    std::vector<std::pair<FetchId, CURLcode>> ended;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto found = std::find_if(active_.begin(), active_.end(), [&](const auto& entry) {
            return entry.second->exchange.handle() == message->easy_handle;
        });
        if (found != active_.end()) ended.emplace_back(found->first, message->data.result);
    }
    for (const auto& [id, code] : ended) hopEnded(id, code);
    std::vector<FetchId> late;
    for (const auto& [id, active] : active_)
        if (active->stage != Active::Stage::Connected && active->exchange.deadline() <= clock_.instant())
            late.push_back(id);
    for (const FetchId id : late)
        fail(id, FetchFailure::Timeout, "the request had to wait for longer than its time limit");
}

void Connector::hopEnded(FetchId id, int curlCode) {
    Exchange& exchange = active_.at(id)->exchange;
    curl_multi_remove_handle(multi_, exchange.handle());
    politeness_.finished(exchange.target().host);
    active_.at(id)->stage = Active::Stage::Queued;
    if (exchange.ended(static_cast<CURLcode>(curlCode)) == Exchange::Next::Redirect) return enterHop(id);
    exchange.finish(clock_.instant());
    active_.erase(id);
}

void Connector::fail(FetchId id, FetchFailure failure, const std::string& message) {
    const auto found = active_.find(id);
    if (found == active_.end()) return;
    Active& active = *found->second;
    const std::string& host = active.exchange.target().host;
    if (active.stage == Active::Stage::Connected) curl_multi_remove_handle(multi_, active.exchange.handle());
    if (!politeness_.forget(host, id) && active.stage != Active::Stage::Queued) politeness_.finished(host);
    active.exchange.fail(failure, message, clock_.instant());
    active_.erase(found);
}

}  // namespace stepd::outbound
