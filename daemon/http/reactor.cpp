#include "http/reactor.h"

#include <algorithm>
#include <exception>

namespace stepd::http {
namespace {

// Ids of descriptors that are no connections; those of connections have a generation in the upper half.
constexpr std::uint64_t kBell = 0;
constexpr std::uint64_t kListener = 1;
constexpr unsigned kAcceptsPerRound = 64;

constexpr ConnectionId idOf(std::uint64_t generation, std::size_t fd) {
    return (generation << 32) | fd;
}
constexpr std::size_t descriptorOf(ConnectionId id) {
    return id & 0xFFFFFFFFU;
}

}  // namespace

ReactorServer::Reactor::Reactor(const ServerOptions& options, const Clock& clock, std::shared_ptr<const Router> routes)
    : options_(options),
      time_(clock),
      gate_(options, metrics_, std::move(routes)),
      outbox_(std::make_shared<Outbox>()),
      deadlines_(time_.instant()),
      front_{.options = options,
             .gate = gate_,
             .metrics = metrics_,
             .time = time_,
             .deadlines = deadlines_,
             .outbox = outbox_},
      acceptor_(front_, poller_, kListener) {
    poller_.watchLevel(outbox_->bell(), kBell);
}

void ReactorServer::Reactor::run() {
    while (!drainEnd_ || (live_ > 0 && time_.instant() < *drainEnd_)) round();
    outbox_->close();
    slots_.clear();
    metrics_.open = live_ = 0;
}

void ReactorServer::Reactor::stop() {
    stopping_ = true;
    outbox_->ring();
}

void ReactorServer::Reactor::round() {
    const auto events = poller_.wait(patience());
    outbox_->awake();
    time_.refresh();
    for (const Poller::Event& event : events) {
        if (event.id == kBell) continue;  // `deliver` clears it
        if (event.id == kListener)
            accept();
        else if (Connection* connection = find(event.id))
            guarded(*connection, [&](Connection& c) { c.onEvent(event); });
    }
    takeTurns();
    deliver();
    deadlines_.sweep(time_.instant());
    if (stopping_ && !drainEnd_) beginDrain();
    buryFinished();
}

/// How long to wait for events; absent: until one comes.
std::optional<Duration> ReactorServer::Reactor::patience() {
    if (!front_.again.empty() || !outbox_->mayWait()) return Duration(0);
    std::optional<Instant> until = deadlines_.next();
    if (drainEnd_) until = std::min(until.value_or(*drainEnd_), *drainEnd_);
    if (!until) return std::nullopt;
    return *until - time_.instant();
}

void ReactorServer::Reactor::accept() {
    for (unsigned i = 0; i < kAcceptsPerRound; ++i) {
        auto accepted = acceptor_.next();
        if (!accepted) return;
        const auto fd = static_cast<std::size_t>(accepted->socket.get());
        const ConnectionId id = idOf(++generation_, fd);
        if (!poller_.watchEdges(accepted->socket.get(), id)) {
            acceptor_.release(accepted->client);
            continue;
        }
        if (slots_.size() <= fd) slots_.resize(fd + 1);
        slots_[fd] = {
            std::make_unique<Connection>(std::move(accepted->socket), id, std::move(accepted->address), front_),
            std::move(accepted->client)};
        ++live_;
    }
}

/// One step of one connection. What escapes it, such as a lack of memory, ends that connection and not the server.
template <typename Step>
void ReactorServer::Reactor::guarded(Connection& connection, Step step) {
    try {
        step(connection);
    } catch (const std::exception& error) {
        ++metrics_.failures;
        if (options_.onFailure) options_.onFailure({}, error.what());
        connection.close();
    }
}

/// One answer a connection and round: answers that its next request brings forth at once wait for the next round, so
/// that a client with a thousand requests in its pipeline does not keep the others waiting.
void ReactorServer::Reactor::deliver() {
    for (Answer& answer : outbox_->take()) {
        if (Connection* connection = find(answer.connection))
            guarded(*connection, [&](Connection& c) { c.onAnswer(answer.response); });
        else
            ++metrics_.unanswered;
    }
}

void ReactorServer::Reactor::takeTurns() {
    for (const ConnectionId id : std::exchange(front_.again, {}))
        if (Connection* connection = find(id)) guarded(*connection, [](Connection& c) { c.onTurn(); });
}

void ReactorServer::Reactor::beginDrain() {
    drainEnd_ = time_.instant() + options_.limits.drainTime;
    front_.draining = true;
    acceptor_.close();
    for (Slot& slot : slots_)
        if (slot.connection) guarded(*slot.connection, [](Connection& c) { c.drain(); });
}

void ReactorServer::Reactor::buryFinished() {
    for (const ConnectionId id : std::exchange(front_.finished, {})) {
        Slot& slot = slots_[descriptorOf(id)];
        slot.connection.reset();
        --live_;
        acceptor_.release(std::exchange(slot.client, {}));
    }
}

Connection* ReactorServer::Reactor::find(ConnectionId id) {
    const std::size_t fd = descriptorOf(id);
    if (fd >= slots_.size()) return nullptr;
    Connection* connection = slots_[fd].connection.get();
    return connection != nullptr && connection->id() == id ? connection : nullptr;
}

}  // namespace stepd::http
