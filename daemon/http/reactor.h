#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/acceptor.h"
#include "http/connection.h"
#include "http/front.h"
#include "http/reactor_server.h"

namespace stepd::http {

/// The loop behind a ReactorServer: waits for sockets and answers, gives each connection its turn, sweeps deadlines.
/// `run` belongs to one thread; `stop`, `wake` and `setRoutes` are thread-safe.
class ReactorServer::Reactor {
public:
    Reactor(const ServerOptions& options, const Clock& clock, std::shared_ptr<const Router> routes);

    void open() { acceptor_.open(); }
    /// Returns when the server has stopped and drained.
    void run();
    void stop();
    void wake() { outbox_->ring(); }
    void setRoutes(std::shared_ptr<const Router> routes) { gate_.setRoutes(std::move(routes)); }
    std::uint16_t port() const { return acceptor_.port(); }
    const ServerMetrics& metrics() const { return metrics_; }

private:
    struct Slot {
        std::unique_ptr<Connection> connection;
        std::string client;
    };

    void round();
    std::optional<Duration> patience();
    void accept();
    void deliver();
    void takeTurns();
    void buryFinished();
    void beginDrain();
    Connection* find(ConnectionId id);
    template <typename Step>
    void guarded(Connection& connection, Step step);

    const ServerOptions& options_;
    ServerMetrics metrics_;
    RoundTime time_;
    Gate gate_;
    const std::shared_ptr<Outbox> outbox_;
    Poller poller_;
    DeadlineWheel deadlines_;
    Front front_;
    Acceptor acceptor_;
    std::vector<Slot> slots_;  // by descriptor
    std::size_t live_ = 0;
    std::uint64_t generation_ = 0;
    std::atomic<bool> stopping_ = false;
    std::optional<Instant> drainEnd_;
};

}  // namespace stepd::http
