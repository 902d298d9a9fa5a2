#include "outbound/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <memory>

namespace stepd::outbound {
namespace {

struct AddrinfoDeleter {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

Resolved lookUp(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* raw = nullptr;
    const int code = getaddrinfo(host.c_str(), nullptr, &hints, &raw);
    const std::unique_ptr<addrinfo, AddrinfoDeleter> list(raw);
    Resolved result;
    if (code != 0) {
        result.failure = code == EAI_NONAME || code == EAI_NODATA ? FetchFailure::DnsNotFound : FetchFailure::DnsFailed;
        result.message = "cannot resolve " + host + ": " + gai_strerror(code);
        return result;
    }
    for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        const auto address = Address::of(*entry->ai_addr);
        if (address && std::find(result.addresses.begin(), result.addresses.end(), *address) == result.addresses.end())
            result.addresses.push_back(*address);
    }
    return result;
}

}  // namespace

SystemResolver::SystemResolver() : pool_("resolver", 4, TaskPool::AtStop::Discard) {}

void SystemResolver::resolve(const std::string& host, std::function<void(Resolved)> done) {
    if (!pool_.post([host, done] { done(lookUp(host)); }))
        done({FetchFailure::DnsFailed, "too many names wait to be resolved", {}});
}

}  // namespace stepd::outbound
