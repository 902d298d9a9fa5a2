#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace stepd::outbound {

struct PolitenessOptions {
    std::size_t perHostConcurrency = 4;
    Duration perHostMinInterval = 0s;  ///< between the starts of two requests to one host
};

/// Who may go next to which host: a queue for each host, first come first served. Holds no host that is idle and past
/// its interval. Confined to the connector's thread; time is given with each call.
class Politeness {
public:
    using Ticket = std::uint64_t;

    explicit Politeness(const PolitenessOptions& options) : options_(options) {}

    void enqueue(const std::string& host, Ticket ticket);
    /// Forgets a ticket that still waits. False if it does not.
    bool forget(const std::string& host, Ticket ticket);
    /// A request that was released has ended.
    void finished(const std::string& host);
    /// The tickets that may start now; they count as running.
    std::vector<Ticket> release(Instant now);
    /// When `release` may have more, if only time stands in the way.
    std::optional<Instant> nextRelease() const;

private:
    struct Host {
        std::deque<Ticket> waiting;
        std::size_t running = 0;
        Instant nextStart{};
    };
    const PolitenessOptions options_;
    std::map<std::string, Host> hosts_;
};

}  // namespace stepd::outbound
