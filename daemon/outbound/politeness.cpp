#include "outbound/politeness.h"

#include <algorithm>

namespace stepd::outbound {

void Politeness::enqueue(const std::string& host, Ticket ticket) {
    hosts_[host].waiting.push_back(ticket);
}

bool Politeness::forget(const std::string& host, Ticket ticket) {
    const auto found = hosts_.find(host);
    return found != hosts_.end() && std::erase(found->second.waiting, ticket) > 0;
}

void Politeness::finished(const std::string& host) {
    if (const auto found = hosts_.find(host); found != hosts_.end() && found->second.running > 0)
        --found->second.running;
}

std::vector<Politeness::Ticket> Politeness::release(Instant now) {
    std::vector<Ticket> free;
    for (auto it = hosts_.begin(); it != hosts_.end();) {
        Host& host = it->second;
        while (!host.waiting.empty() && host.running < options_.perHostConcurrency && host.nextStart <= now) {
            free.push_back(host.waiting.front());
            host.waiting.pop_front();
            ++host.running;
            host.nextStart = now + options_.perHostMinInterval;
        }
        const bool idle = host.waiting.empty() && host.running == 0 && host.nextStart <= now;
        it = idle ? hosts_.erase(it) : std::next(it);
    }
    return free;
}

std::optional<Instant> Politeness::nextRelease() const {
    std::optional<Instant> next;
    for (const auto& [name, host] : hosts_) {
        if (host.waiting.empty() || host.running >= options_.perHostConcurrency) continue;
        if (!next || host.nextStart < *next) next = host.nextStart;
    }
    return next;
}

}  // namespace stepd::outbound
