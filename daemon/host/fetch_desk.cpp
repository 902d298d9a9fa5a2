#include "host/fetch_desk.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace stepd::host {
namespace {

constexpr std::size_t kMaxBatch = 10'000;
constexpr std::size_t kMaxBatches = 256;       // of one worker
constexpr std::size_t kMaxBytes = 256U << 20;  // of all open batches' requests
constexpr std::uint32_t kMaxParallel = 32;
constexpr std::uint64_t kMaxBodyBytes = 32U << 20;
constexpr Duration kMaxTimeout = 10min;

/// Unique in the process: several workers share the services.
FetchId nextFetchId() {
    static std::atomic<std::int64_t> last{0};
    return FetchId{++last};
}

void clampLimits(FetchRequest& request) {
    request.timeout = std::clamp<Duration>(request.timeout, 1ms, kMaxTimeout);
    request.connectTimeout = std::clamp<Duration>(request.connectTimeout, 1ms, request.timeout);
    request.maxRedirects = std::clamp<std::int32_t>(request.maxRedirects, 0, 20);
    request.maxBodyBytes = std::min(request.maxBodyBytes, kMaxBodyBytes);
}

HttpReplyMessage replyOf(FetchResponse response) {
    HttpReplyMessage reply;
    if (response.failure != FetchFailure::None) reply.failure = toString(response.failure);
    reply.message = std::move(response.message);
    reply.status = response.status;
    reply.finalUrl = std::move(response.finalUrl);
    reply.headers = std::move(response.headers);
    reply.body = std::move(response.body);
    reply.truncated = response.truncated;
    reply.redirects = std::move(response.redirects);
    reply.elapsedNs = response.elapsed.count();
    return reply;
}

}  // namespace

std::string FetchDesk::start(std::uint64_t token, HttpRequestMessage message, std::size_t bytes) {
    if (message.requests.empty() || message.requests.size() > kMaxBatch)
        return "sent an HTTP batch of a forbidden size";
    if (batches_.size() >= kMaxBatches) return "has too many HTTP batches open";
    if (bytes_ + bytes > kMaxBytes) return "has too large HTTP batches open";
    for (auto& request : message.requests) clampLimits(request);
    message.maxParallel =
        std::clamp<std::uint32_t>(message.maxParallel == 0 ? kMaxParallel : message.maxParallel, 1, kMaxParallel);
    Batch& batch = batches_[++lastBatch_];
    batch.number = lastBatch_;
    batch.token = token;
    batch.bytes = bytes;
    bytes_ += bytes;
    batch.message = std::move(message);
    fill(batch);
    return {};
}

void FetchDesk::fill(Batch& batch) {
    auto& requests = batch.message.requests;
    while (batch.next < requests.size() && batch.running.size() < batch.message.maxParallel) {
        const auto index = static_cast<std::uint32_t>(batch.next++);
        const FetchId id = nextFetchId();
        batch.running.emplace(id, index);
        batchOf_.emplace(id, batch.number);
        fetch(id, std::move(requests[index]));
    }
}

/// Which host a URL means is decided where it is taken apart to be connected to, at each hop, so that nobody reads it
/// otherwise: the connector asks `scope`. Where nothing is granted, nothing goes there.
void FetchDesk::fetch(FetchId id, FetchRequest request) {
    auto done = [desk = weak_from_this(), loop = &loop_, id](FetchResponse response) {
        loop->post([desk, id, response = std::move(response)]() mutable {
            if (const auto here = desk.lock()) here->finished(id, std::move(response));
        });
    };
    if (scope_->grant.nothing())
        return done({.failure = FetchFailure::HostNotGranted,
                     .message = "no host is granted to the plugin; name those that it needs in " + scope_->setting +
                                " in stepd.yaml"});
    request.scope = scope_;
    services_.fetch(id, std::move(request), std::move(done));
}

void FetchDesk::finished(FetchId id, FetchResponse response) {
    const auto known = batchOf_.find(id);
    if (known == batchOf_.end()) return;
    const auto at = batches_.find(known->second);
    batchOf_.erase(known);
    Batch& batch = at->second;
    if (response.failure == FetchFailure::HostNotGranted) denied_(batch.token, response.message);
    HttpReplyMessage reply = replyOf(std::move(response));
    reply.batch = batch.message.batch;
    reply.index = batch.running.extract(id).mapped();
    reply_(batch.token, std::move(reply));
    fill(batch);
    if (batch.running.empty()) forget(at);
}

FetchDesk::Batches::iterator FetchDesk::forget(Batches::iterator at) {
    bytes_ -= at->second.bytes;
    return batches_.erase(at);
}

void FetchDesk::drop(std::uint64_t token) {
    for (auto at = batches_.begin(); at != batches_.end();) {
        if (at->second.token != token) {
            ++at;
            continue;
        }
        for (const auto& [id, index] : at->second.running) {
            batchOf_.erase(id);
            services_.cancelFetch(id);
        }
        at = forget(at);
    }
}

void FetchDesk::close() {
    while (!batches_.empty()) drop(batches_.begin()->second.token);
}

}  // namespace stepd::host
